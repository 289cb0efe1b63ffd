// What the page asks of the program that serves it.

export const start = () => asked(fetch("start"));
export const alerts = () => asked(fetch("alerts"));
export const rows = (name, values) => post("rows", { name, values });
export const choices = (name, values) => post("choices", { name, values });

function post(path, body) {
  return asked(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
}

async function asked(request) {
  const response = await request.catch(() => {
    throw new Error("make workbook does not answer: has it ended?");
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.problem);
  return answer;
}
