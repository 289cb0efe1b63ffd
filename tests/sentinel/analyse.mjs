// Runs Microsoft's KQL analyser on queries and reports their problems and result columns.
//
// stdin: {"tables": {"name": {"column": "type"}}, "functions": [{"name", "parameters": "(x:string)", "body"}],
// "queries": {"name": "KQL"}}
// stdout: {"name": {"problems": ["…"], "columns": {"column": "type"}, "uses": ["an operator or function", …]}}

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(import.meta.url);
require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { KustoCode, GlobalState } = Kusto.Language;
const { DatabaseSymbol, TableSymbol, ColumnSymbol, FunctionSymbol, ScalarTypes } = Kusto.Language.Symbols;
const { FunctionCallExpression, QueryOperator } = Kusto.Language.Syntax;

const input = JSON.parse(readFileSync(0, "utf8"));
const symbols = Object.entries(input.tables).map(([name, columns]) => {
  const listed = Object.entries(columns).map(([column, type]) => new ColumnSymbol(column, ScalarTypes.GetSymbol(type)));
  return new TableSymbol.$ctor4(name, listed);
});
for (const { name, parameters, body } of input.functions ?? []) {
  symbols.push(new FunctionSymbol.$ctor16(name, parameters, body, null));
}
const globals = GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor("workspace", symbols));

const answer = {};
for (const [name, text] of Object.entries(input.queries)) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const problems = [];
  list(code.GetDiagnostics(), (diagnostic) => {
    problems.push(`${diagnostic.Severity} at ${diagnostic.Start}: ${diagnostic.Message}`);
  });
  const columns = {};
  if (code.ResultType?.Columns) {
    list(code.ResultType.Columns, (column) => (columns[column.Name] = column.Type.Name));
  }
  const uses = new Set();
  walk(code.Syntax, (node) => {
    if (node instanceof FunctionCallExpression) node.Name?.SimpleName && uses.add(node.Name.SimpleName);
    else if (node instanceof QueryOperator) uses.add(node.GetFirstToken().Text);
    else if (node.Operator?.Text) uses.add(node.Operator.Text);
  });
  answer[name] = { problems, columns, uses: [...uses].sort() };
}
process.stdout.write(JSON.stringify(answer));

function list(items, each) {
  for (let at = 0; at < items.Count; at += 1) each(items.getItem(at));
}

function walk(node, visit) {
  visit(node);
  for (let at = 0; at < node.ChildCount; at += 1) {
    const child = node.GetChild(at);
    if (child) walk(child, visit);
  }
}
