// The requests of the page to its server.

export const start = () => asked(fetch("start"));
export const alerts = () => asked(fetch("alerts"));
export const rows = (name, values) => post("rows", { name, values });
export const choices = (name, values) => post("choices", { name, values });

function post(path, body) {
  return asked(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
}

async function asked(request) {
  const response = await request.catch(() => {
    throw new Error("no response from make workbook: check whether it is still running");
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.problem);
  return answer;
}
