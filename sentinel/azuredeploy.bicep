metadata description = 'The table eset_CL, the data collection rule that fills it, and the role assignment for the sender'

@description('Name of the Log Analytics workspace in this resource group')
param workspaceName string

@description('Region of the workspace. The data collection rule must be in the same region')
param location string = resourceGroup().location

@description('Object ID of the sender\'s service principal. In Entra ID it is listed under Enterprise applications; the object ID under App registrations is a different one')
param principalObjectId string

@description('Application (client) ID of the same application. It is used only in the outputs')
param clientId string = '00000000-0000-0000-0000-000000000000'

@description('Name of the data collection rule')
param dataCollectionRuleName string = 'eset-filter'

@description('Whether to create the table. If the table already exists, use false, or a template written by eset-filter azure --merge. Otherwise, the deployment deletes every column that the template does not name, with its data')
param createTable bool = true

@description('Plan of the table. Analytics rules cannot query tables with the plans Basic and Auxiliary')
@allowed([
  'Analytics'
])
param tablePlan string = 'Analytics'

@description('Days of interactive retention, 4 to 730; -1 means the workspace default')
param retentionInDays int = -1

@description('Days of total retention, 4 to 4383; -1 means the same as retentionInDays')
param totalRetentionInDays int = -1

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource table 'Microsoft.OperationalInsights/workspaces/tables@2025-07-01' = if (createTable) {
  parent: workspace
  name: 'eset_CL'
  properties: {
    plan: tablePlan
    retentionInDays: retentionInDays
    totalRetentionInDays: totalRetentionInDays
    schema: {
      name: 'eset_CL'
      columns: [
        {
          name: 'TimeGenerated'
          type: 'dateTime'
        }
        {
          name: 'event_type_s'
          type: 'string'
        }
        {
          name: 'ipv4_s'
          type: 'string'
        }
        {
          name: 'ipv6_s'
          type: 'string'
        }
        {
          name: 'hostname_s'
          type: 'string'
        }
        {
          name: 'source_uuid_g'
          type: 'guid'
        }
        {
          name: 'occurred_t'
          type: 'dateTime'
        }
        {
          name: 'severity_s'
          type: 'string'
        }
        {
          name: 'group_name_s'
          type: 'string'
        }
        {
          name: 'group_description_s'
          type: 'string'
        }
        {
          name: 'os_name_s'
          type: 'string'
        }
        {
          name: 'threat_type_s'
          type: 'string'
        }
        {
          name: 'threat_name_s'
          type: 'string'
        }
        {
          name: 'threat_flags_s'
          type: 'string'
        }
        {
          name: 'scanner_id_s'
          type: 'string'
        }
        {
          name: 'scan_id_s'
          type: 'string'
        }
        {
          name: 'engine_version_s'
          type: 'string'
        }
        {
          name: 'object_type_s'
          type: 'string'
        }
        {
          name: 'object_uri_s'
          type: 'string'
        }
        {
          name: 'action_taken_s'
          type: 'string'
        }
        {
          name: 'action_error_s'
          type: 'string'
        }
        {
          name: 'threat_handled_b'
          type: 'boolean'
        }
        {
          name: 'need_restart_b'
          type: 'boolean'
        }
        {
          name: 'username_s'
          type: 'string'
        }
        {
          name: 'processname_s'
          type: 'string'
        }
        {
          name: 'circumstances_s'
          type: 'string'
        }
        {
          name: 'firstseen_t'
          type: 'dateTime'
        }
        {
          name: 'hash_s'
          type: 'string'
        }
        {
          name: 'detection_uuid_g'
          type: 'guid'
        }
        {
          name: 'event_s'
          type: 'string'
        }
        {
          name: 'source_address_s'
          type: 'string'
        }
        {
          name: 'source_address_type_s'
          type: 'string'
        }
        {
          name: 'source_port_d'
          type: 'real'
        }
        {
          name: 'target_address_s'
          type: 'string'
        }
        {
          name: 'target_address_type_s'
          type: 'string'
        }
        {
          name: 'target_port_d'
          type: 'real'
        }
        {
          name: 'protocol_s'
          type: 'string'
        }
        {
          name: 'account_s'
          type: 'string'
        }
        {
          name: 'process_name_s'
          type: 'string'
        }
        {
          name: 'rule_name_s'
          type: 'string'
        }
        {
          name: 'rule_id_s'
          type: 'string'
        }
        {
          name: 'inbound_b'
          type: 'boolean'
        }
        {
          name: 'aggregate_count_d'
          type: 'real'
        }
        {
          name: 'action_s'
          type: 'string'
        }
        {
          name: 'handled_b'
          type: 'boolean'
        }
        {
          name: 'application_s'
          type: 'string'
        }
        {
          name: 'operation_s'
          type: 'string'
        }
        {
          name: 'target_s'
          type: 'string'
        }
        {
          name: 'domain_s'
          type: 'string'
        }
        {
          name: 'detail_s'
          type: 'string'
        }
        {
          name: 'user_s'
          type: 'string'
        }
        {
          name: 'result_s'
          type: 'string'
        }
        {
          name: 'rulename_s'
          type: 'string'
        }
        {
          name: 'count_d'
          type: 'real'
        }
        {
          name: 'eiconsolelink_s'
          type: 'string'
        }
        {
          name: 'eialarmid_s'
          type: 'string'
        }
        {
          name: 'computer_severity_score_d'
          type: 'real'
        }
        {
          name: 'severity_score_d'
          type: 'real'
        }
        {
          name: 'trigger_event_s'
          type: 'string'
        }
        {
          name: 'command_line_s'
          type: 'string'
        }
        {
          name: 'resolved_b'
          type: 'boolean'
        }
        {
          name: 'cause_s'
          type: 'string'
        }
        {
          name: 'description_s'
          type: 'string'
        }
        {
          name: 'flagged_b'
          type: 'boolean'
        }
        {
          name: 'payload_format_s'
          type: 'string'
        }
        {
          name: 'parse_status_s'
          type: 'string'
        }
        {
          name: 'RawData'
          type: 'string'
        }
        {
          name: 'Computer'
          type: 'string'
        }
        {
          name: 'syslog_facility_s'
          type: 'string'
        }
        {
          name: 'syslog_severity_s'
          type: 'string'
        }
        {
          name: 'syslog_timestamp_s'
          type: 'string'
        }
        {
          name: 'syslog_appname_s'
          type: 'string'
        }
        {
          name: 'syslog_procid_s'
          type: 'string'
        }
        {
          name: 'syslog_relay_s'
          type: 'string'
        }
        {
          name: 'AdditionalFields'
          type: 'dynamic'
        }
        {
          name: 'sender_address_s'
          type: 'string'
        }
      ]
    }
  }
}

resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: dataCollectionRuleName
  location: location
  kind: 'Direct'
  properties: {
    description: 'ESET PROTECT events from a log shipper with eset-filter'
    streamDeclarations: {
      'Custom-eset_CL': {
        columns: [
          {
            name: 'TimeGenerated'
            type: 'datetime'
          }
          {
            name: 'event_type'
            type: 'string'
          }
          {
            name: 'ipv4'
            type: 'string'
          }
          {
            name: 'ipv6'
            type: 'string'
          }
          {
            name: 'hostname'
            type: 'string'
          }
          {
            name: 'source_uuid'
            type: 'string'
          }
          {
            name: 'occurred'
            type: 'datetime'
          }
          {
            name: 'severity'
            type: 'string'
          }
          {
            name: 'group_name'
            type: 'string'
          }
          {
            name: 'group_description'
            type: 'string'
          }
          {
            name: 'os_name'
            type: 'string'
          }
          {
            name: 'threat_type'
            type: 'string'
          }
          {
            name: 'threat_name'
            type: 'string'
          }
          {
            name: 'threat_flags'
            type: 'string'
          }
          {
            name: 'scanner_id'
            type: 'string'
          }
          {
            name: 'scan_id'
            type: 'string'
          }
          {
            name: 'engine_version'
            type: 'string'
          }
          {
            name: 'object_type'
            type: 'string'
          }
          {
            name: 'object_uri'
            type: 'string'
          }
          {
            name: 'action_taken'
            type: 'string'
          }
          {
            name: 'action_error'
            type: 'string'
          }
          {
            name: 'threat_handled'
            type: 'boolean'
          }
          {
            name: 'need_restart'
            type: 'boolean'
          }
          {
            name: 'username'
            type: 'string'
          }
          {
            name: 'processname'
            type: 'string'
          }
          {
            name: 'circumstances'
            type: 'string'
          }
          {
            name: 'firstseen'
            type: 'datetime'
          }
          {
            name: 'hash'
            type: 'string'
          }
          {
            name: 'detection_uuid'
            type: 'string'
          }
          {
            name: 'event'
            type: 'string'
          }
          {
            name: 'source_address'
            type: 'string'
          }
          {
            name: 'source_address_type'
            type: 'string'
          }
          {
            name: 'source_port'
            type: 'long'
          }
          {
            name: 'target_address'
            type: 'string'
          }
          {
            name: 'target_address_type'
            type: 'string'
          }
          {
            name: 'target_port'
            type: 'long'
          }
          {
            name: 'protocol'
            type: 'string'
          }
          {
            name: 'account'
            type: 'string'
          }
          {
            name: 'process_name'
            type: 'string'
          }
          {
            name: 'rule_name'
            type: 'string'
          }
          {
            name: 'rule_id'
            type: 'string'
          }
          {
            name: 'inbound'
            type: 'boolean'
          }
          {
            name: 'aggregate_count'
            type: 'long'
          }
          {
            name: 'action'
            type: 'string'
          }
          {
            name: 'handled'
            type: 'boolean'
          }
          {
            name: 'application'
            type: 'string'
          }
          {
            name: 'operation'
            type: 'string'
          }
          {
            name: 'target'
            type: 'string'
          }
          {
            name: 'domain'
            type: 'string'
          }
          {
            name: 'detail'
            type: 'string'
          }
          {
            name: 'user'
            type: 'string'
          }
          {
            name: 'result'
            type: 'string'
          }
          {
            name: 'rulename'
            type: 'string'
          }
          {
            name: 'count'
            type: 'long'
          }
          {
            name: 'eiconsolelink'
            type: 'string'
          }
          {
            name: 'eialarmid'
            type: 'string'
          }
          {
            name: 'computer_severity_score'
            type: 'long'
          }
          {
            name: 'severity_score'
            type: 'long'
          }
          {
            name: 'trigger_event'
            type: 'string'
          }
          {
            name: 'command_line'
            type: 'string'
          }
          {
            name: 'resolved'
            type: 'boolean'
          }
          {
            name: 'cause'
            type: 'string'
          }
          {
            name: 'description'
            type: 'string'
          }
          {
            name: 'flagged'
            type: 'boolean'
          }
          {
            name: 'payload_format'
            type: 'string'
          }
          {
            name: 'parse_status'
            type: 'string'
          }
          {
            name: 'raw_message'
            type: 'string'
          }
          {
            name: 'syslog_hostname'
            type: 'string'
          }
          {
            name: 'syslog_facility'
            type: 'string'
          }
          {
            name: 'syslog_severity'
            type: 'string'
          }
          {
            name: 'syslog_timestamp'
            type: 'string'
          }
          {
            name: 'syslog_appname'
            type: 'string'
          }
          {
            name: 'syslog_procid'
            type: 'string'
          }
          {
            name: 'syslog_relay'
            type: 'string'
          }
          {
            name: 'additional_fields'
            type: 'dynamic'
          }
          {
            name: 'sender_address'
            type: 'string'
          }
        ]
      }
    }
    destinations: {
      logAnalytics: [
        {
          workspaceResourceId: workspace.id
          name: 'workspace'
        }
      ]
    }
    dataFlows: [
      {
        streams: [
          'Custom-eset_CL'
        ]
        destinations: [
          'workspace'
        ]
        transformKql: '''
source
| project
    TimeGenerated,
    event_type_s = event_type,
    ipv4_s = ipv4,
    ipv6_s = ipv6,
    hostname_s = hostname,
    source_uuid_g = toguid(source_uuid),
    occurred_t = occurred,
    severity_s = severity,
    group_name_s = group_name,
    group_description_s = group_description,
    os_name_s = os_name,
    threat_type_s = threat_type,
    threat_name_s = threat_name,
    threat_flags_s = threat_flags,
    scanner_id_s = scanner_id,
    scan_id_s = scan_id,
    engine_version_s = engine_version,
    object_type_s = object_type,
    object_uri_s = object_uri,
    action_taken_s = action_taken,
    action_error_s = action_error,
    threat_handled_b = threat_handled,
    need_restart_b = need_restart,
    username_s = username,
    processname_s = processname,
    circumstances_s = circumstances,
    firstseen_t = firstseen,
    hash_s = hash,
    detection_uuid_g = toguid(detection_uuid),
    event_s = event,
    source_address_s = source_address,
    source_address_type_s = source_address_type,
    source_port_d = toreal(source_port),
    target_address_s = target_address,
    target_address_type_s = target_address_type,
    target_port_d = toreal(target_port),
    protocol_s = protocol,
    account_s = account,
    process_name_s = process_name,
    rule_name_s = rule_name,
    rule_id_s = rule_id,
    inbound_b = inbound,
    aggregate_count_d = toreal(aggregate_count),
    action_s = action,
    handled_b = handled,
    application_s = application,
    operation_s = operation,
    target_s = target,
    domain_s = domain,
    detail_s = detail,
    user_s = user,
    result_s = result,
    rulename_s = rulename,
    count_d = toreal(['count']),
    eiconsolelink_s = eiconsolelink,
    eialarmid_s = eialarmid,
    computer_severity_score_d = toreal(computer_severity_score),
    severity_score_d = toreal(severity_score),
    trigger_event_s = trigger_event,
    command_line_s = command_line,
    resolved_b = resolved,
    cause_s = cause,
    description_s = description,
    flagged_b = flagged,
    payload_format_s = payload_format,
    parse_status_s = parse_status,
    RawData = raw_message,
    Computer = syslog_hostname,
    syslog_facility_s = syslog_facility,
    syslog_severity_s = syslog_severity,
    syslog_timestamp_s = syslog_timestamp,
    syslog_appname_s = syslog_appname,
    syslog_procid_s = syslog_procid,
    syslog_relay_s = syslog_relay,
    AdditionalFields = additional_fields,
    sender_address_s = sender_address'''
        outputStream: 'Custom-eset_CL'
      }
    ]
  }
  dependsOn: [
    table
  ]
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: rule
  name: guid(rule.id, principalObjectId, '3913510d-42f4-4e42-8a64-420c390055eb')
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
    principalId: principalObjectId
    principalType: 'ServicePrincipal'
  }
}

@description('For Fluent Bit: lines for eset.env')
output fluentBit string = 'AZURE_TENANT_ID=${subscription().tenantId}\nAZURE_CLIENT_ID=${clientId}\nAZURE_DCE_URL=${rule.properties.endpoints.logsIngestion}\nAZURE_DCR_ID=${rule.properties.immutableId}\n'

@description('For Vector: the settings below eset_azure in settings.yaml')
output vector string = '    endpoint: ${rule.properties.endpoints.logsIngestion}\n    dcr_immutable_id: ${rule.properties.immutableId}\n    auth:\n      azure_credential_kind: client_secret_credential\n      azure_tenant_id: ${subscription().tenantId}\n      azure_client_id: ${clientId}\n      azure_client_secret: "SECRET[eset.azure_client_secret]"\n'
