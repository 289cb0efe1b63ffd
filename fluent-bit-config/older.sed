# Adapts the configurations to Fluent Bit 3.2 to 5.0:  sed -i -f older.sed *.yaml
#
# Then every variable in eset.env must be set, because the defaults are gone. Before 4.0 that includes the secret, because
# secret.yaml does not work: see README.md.

# ${NAME:-default} is new in 5.1.
s/\${\([A-Z_]*\):-[^}]*}/${\1}/g

# Some versions do not have these properties. Without auth_url, tokens come from login.microsoftonline.com.
/^ *auth_url:/d
/^ *tls.min_version:/d
/^ *request_limit:/d

# In some versions the tcp input has no parser. Without one, the sender's address is not kept.
/- name: tcp$/,/storage.type/{
    /^ *parser:/d
    /^ *source_address_key:/d
}
