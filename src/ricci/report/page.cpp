#include "ricci/report/page.h"

namespace ricci::report {

std::string_view page_style() {
  return R"(:root{color-scheme:light dark;--page:#ffffff;--ink:#1b2230;--quiet:#5d6878;--line:#e4e8ee;--card:#f5f7fa;
--mark:#3b6fd41f}
@media (prefers-color-scheme:dark){:root{--page:#12161d;--ink:#e7ebf2;--quiet:#98a3b4;--line:#262d38;--card:#1a2029;
--mark:#6d9bf12b}}
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 20px 60px;max-width:1080px;background:var(--page);color:var(--ink);
font:14px/1.45 system-ui,"DejaVu Sans",sans-serif}
h1{font:600 18px/1.4 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere;margin:0 0 16px;
unicode-bidi:plaintext}
h2{font-size:14px;margin:0}
.cards{display:flex;flex-wrap:wrap;gap:10px;margin:0 0 26px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 14px;min-width:104px}
.card dt{color:var(--quiet);font-size:12px}.card dd{margin:0;font-size:17px;font-weight:600}
figure{margin:0 0 26px;overflow-x:auto}figure svg{display:block;width:100%;min-width:760px;height:auto}
#tree .row[data-step]{cursor:pointer}#tree .row:hover .hit,#tree .row.chosen .hit{fill:var(--mark)}
#cursor{stroke:var(--quiet);stroke-dasharray:3 3}
.bar{display:flex;flex-wrap:wrap;gap:12px;align-items:center;margin:0 0 10px}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:5px 10px;
min-width:310px}
.note{color:var(--quiet);font-size:12.5px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:12.5px}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap;
font-variant-numeric:tabular-nums}
th:nth-child(2),td:nth-child(2),th:nth-child(3),td:nth-child(3){text-align:left}
td:nth-child(3){font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;unicode-bidi:plaintext;
max-width:420px;overflow:hidden;text-overflow:ellipsis}
th button,#more{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:2px 0;cursor:pointer}
th[aria-sort=ascending] button::after{content:" \2191"}th[aria-sort=descending] button::after{content:" \2193"}
tr.chosen td,tbody tr:hover td{background:var(--mark)}
#more{color:#3b6fd4;margin-top:10px}
)";
}

std::string_view page_table() {
  return R"(<section>
<div class="bar"><h2>Steps</h2><input id="filter" type="search" placeholder="filter: %7 or a part of an equation"
aria-label="filter the steps"><span class="note" id="count"></span></div>
<noscript><p class="note">The table of steps needs JavaScript; the pictures do not.</p></noscript>
<div class="scroll"><table><thead><tr><th>result</th><th>reads</th><th>equation</th><th>flops</th><th>bytes</th>
<th>predicted</th><th>alive</th></tr></thead><tbody id="rows"></tbody></table></div>
<button id="more" hidden>show all</button>
</section>
)";
}

std::string_view page_script() {
  return R"JS("use strict";
// A step: [result, reads, equation, flops, words, bytes, words, seconds, words, alive, words].
const steps = JSON.parse(document.getElementById("steps").textContent);
const keys = [s => s[0], s => s[1], s => s[2], s => s[3], s => s[5], s => s[7], s => s[9]];
const cells = [s => "%" + s[0], s => s[1], s => s[2], s => s[4], s => s[6], s => s[8], s => s[10]];
const atOnce = 300, first = steps.length ? steps[0][0] : 0;
const body = document.getElementById("rows"), filter = document.getElementById("filter");
const more = document.getElementById("more"), heads = [...document.querySelectorAll("th")];
let sorted = 0, rising = true, all = false, chosen = -1;

function shown() {
  const text = filter.value.trim();
  const words = text.split(/\s+/);
  const fits = s => words.every(w => /^%\d+$/.test(w)
    ? ("%" + s[0]) === w || s[1].split(" ").includes(w) : s[2].includes(w));
  const some = text ? steps.filter(fits) : steps.slice();
  const key = keys[sorted];
  some.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a[0] - b[0]) * (rising ? 1 : -1));
  return some;
}

function draw() {
  const some = shown(), rows = all ? some : some.slice(0, atOnce);
  body.replaceChildren(...rows.map(step => {
    const row = document.createElement("tr");
    row.id = "step-" + (step[0] - first);
    row.className = step[0] - first === chosen ? "chosen" : "";
    for (const cell of cells) row.insertCell().textContent = cell(step);
    row.cells[2].title = step[2];
    return row;
  }));
  heads.forEach((head, i) => head.setAttribute("aria-sort", i !== sorted ? "none" : rising ? "ascending" : "descending"));
  more.hidden = rows.length === some.length;
  more.textContent = "show all " + some.length;
  document.getElementById("count").textContent =
    some.length === steps.length ? steps.length + " in the order they run" : some.length + " of " + steps.length;
}

heads.forEach((head, i) => {
  const button = document.createElement("button");
  button.textContent = head.textContent;
  button.onclick = () => {
    rising = sorted === i ? !rising : i < 3;
    sorted = i;
    draw();
  };
  head.replaceChildren(button);
});
filter.oninput = draw;
more.onclick = () => { all = true; draw(); };

// A step chosen in the tree is shown in the table, and where it runs in the memory picture.
function choose(step) {
  chosen = step;
  filter.value = "";
  all = all || shown().findIndex(s => s[0] - first === step) >= atOnce;
  draw();
  for (const row of document.querySelectorAll("#tree .row"))
    row.classList.toggle("chosen", row.dataset.step === String(step));
  document.getElementById("step-" + step).scrollIntoView({block: "center", behavior: "smooth"});
  point(step);
}
for (const row of document.querySelectorAll("#tree .row[data-step]"))
  row.addEventListener("click", () => choose(Number(row.dataset.step)));

const memory = document.getElementById("memory"), space = "http://www.w3.org/2000/svg";
const line = memory.appendChild(document.createElementNS(space, "path"));
const words = memory.appendChild(document.createElementNS(space, "text"));
line.id = "cursor";
words.setAttribute("class", "figure strong");
words.setAttribute("y", "34");
const left = 92, right = 976;
function point(step) {
  const x = left + (right - left) * (step + 0.5) / steps.length, s = steps[step];
  line.setAttribute("d", "M" + x + " 40V232");
  words.setAttribute("x", x);
  words.setAttribute("text-anchor", x < 250 ? "start" : x > 820 ? "end" : "middle");
  words.textContent = "step " + (step + 1) + ", %" + s[0] + ": " + s[10] + " alive, " + s[4] + " flops";
}
memory.addEventListener("mousemove", event => {
  const box = memory.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * 968 + 16;
  const step = Math.floor((x - left) / (right - left) * steps.length);
  if (step >= 0 && step < steps.length) point(step);
});
draw();
)JS";
}

}  // namespace ricci::report
