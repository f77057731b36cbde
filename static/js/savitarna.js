/* Enhancement only: every page works with this file missing. */
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];

  // Show or hide a password
  all("[data-show]").forEach((button) => {
    const input = document.getElementById(button.dataset.show);
    const word = button.firstChild;
    button.hidden = false;
    button.addEventListener("click", () => {
      const show = input.type === "password";
      input.type = show ? "text" : "password";
      word.textContent = show ? button.dataset.wordHide : button.dataset.wordShow;
      button.setAttribute("aria-pressed", show);
    });
  });

  // Password rules, live
  const rules = {
    len: (value) => [...value].length >= 8,
    upper: (value) => /\p{Lu}/u.test(value),
    digit: (value) => /[0-9]/.test(value),
  };
  all("[data-rules]").forEach((input) => {
    const items = all("[data-rule]", document.getElementById(input.dataset.rules));
    const update = () => items.forEach((item) => {
      const met = rules[item.dataset.rule](input.value);
      const said = item.querySelector("[data-said]");
      item.classList.toggle("met", met);
      said.textContent = met ? ` – ${said.dataset.said}` : "";
    });
    input.addEventListener("input", update);
    if (input.value) update();
  });

  // What was used since the reading before, and how many meters are filled in
  const readings = all("input[name^=now-]");
  const filled = document.querySelector("[data-filled]");
  const amount = (number) => {
    const [whole, part] = String(number).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0") + (part ? `,${part}` : "");
  };
  const used = (input, less) => {
    const typed = input.value.trim().replace(",", ".");
    if (!/^[0-9]+(\.[0-9]+)?$/.test(typed) || !input.dataset.prev) return "–";
    // Thousandths are whole numbers: 485.3 - 482.1 would be 3.1999…
    const thousandths = Math.round(typed * 1000) - Math.round(input.dataset.prev * 1000);
    return thousandths < 0 ? less : `${amount(thousandths / 1000)} ${input.dataset.unit}`;
  };
  readings.forEach((input) => {
    const output = document.getElementById(input.id.replace("now", "used"));
    input.addEventListener("input", () => {
      output.textContent = used(input, output.dataset.less);
      if (filled) filled.textContent = filled.dataset.filled.replace("{}", readings.filter((one) => !["", one.dataset.was].includes(one.value.trim())).length);
    });
  });

  // Copy what is typed into a bank; the button says that it did
  all("[data-copy]").forEach((button) => {
    button.hidden = !navigator.clipboard;
    const word = button.firstElementChild;
    const copy = word.textContent;
    button.addEventListener("click", () => navigator.clipboard.writeText(button.dataset.copy).then(() => {
      word.setAttribute("role", "status");
      word.textContent = button.dataset.copied;
      setTimeout(() => { word.textContent = copy; }, 4000);
    }));
  });

  // Menus close on Escape and on a click elsewhere
  const menus = all("details.menu");
  addEventListener("keydown", (event) => event.key === "Escape" && menus.forEach((menu) => {
    if (menu.open) { menu.open = false; menu.firstElementChild.focus(); }
  }));
  addEventListener("click", (event) => menus.forEach((menu) => menu.contains(event.target) || (menu.open = false)));

  // After a failed submit the error summary gets the focus
  document.querySelector(".summary")?.focus();

  // One press, one request: the pressed button says so, a second press does nothing.
  // After ten seconds without an answer the form may be sent again.
  addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const words = button && [...button.childNodes];
    if (button) {
      button.setAttribute("aria-busy", "true");
      if (!button.closest("details.menu, .foot") && !button.matches(".icon")) button.replaceChildren(document.body.dataset.sending);
    }
    setTimeout(() => {
      delete form.dataset.sent;
      if (button) { button.removeAttribute("aria-busy"); button.replaceChildren(...words); }
    }, 10000);
  });

  // A page kept by the browser must not come back after signing out
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
