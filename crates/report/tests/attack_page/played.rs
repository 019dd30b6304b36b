//! What a user does on the page, played by a script that is added to it.

use crate::browser::{Dom, open, page};
use crate::shop::shop;

/// The page of the shop after a script played on it; what it says stands in the element `played`.
fn after(script: &str) -> Dom {
    let page = page(&shop());
    // The page's own policy would refuse the added script.
    let (head, rest) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let helpers = r##"
      const key = (name, more) => document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key: name, bubbles: true, ...more }));
      const pointer = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
        pointerId: 1, button: 0, bubbles: true,
        clientX: canvas.getBoundingClientRect().left + x, clientY: canvas.getBoundingClientRect().top + y }));
      const said = [];
      const say = (word) => said.push(word);
      const where = (fact) => {
        const { x, y } = current.scene.nodes[current.scene.nodeOf[fact]];
        return [x * drawing.view.scale + drawing.view.x, y * drawing.view.scale + drawing.view.y];
      };
    "##;
    let added = format!(
        "<output id=\"played\"></output><i id=\"end\"></i><script>{helpers}{script}; \
         byId(\"played\").textContent = said.join(\" | \");</script></body>"
    );
    open(&format!("{head}{}", rest.replace("</body>", &added)), "")
}

fn check(script: &str, expected: &str) -> Dom {
    let dom = after(script);
    assert_eq!(dom.text("played"), expected, "{script}");
    dom
}

pub(crate) fn keys() {
    check(
        r##"canvas.focus();
           for (const name of ["ArrowDown", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"]) { key(name); say(state.fact); }
           key("Enter"); say(document.activeElement.id);
           key("Escape"); say(state.fact); say(location.hash)"##,
        "0 | 2 | 0 | 1 | 0 | panel | -1 |",
    );
    check(
        r##"canvas.focus(); const before = { ...drawing.view };
           key("+"); say(drawing.view.scale > before.scale); key("-"); key("-"); say(drawing.view.scale < before.scale);
           key("ArrowLeft", { shiftKey: true }); say(state.fact); say(drawing.view.x > before.x);
           canvas.blur(); key("/"); say(document.activeElement.id)"##,
        "true | true | -1 | true | search",
    );
}

pub(crate) fn pointer() {
    let dom = check(
        r##"pointer("pointerdown", ...where(6)); pointer("pointerup", ...where(6)); say(state.fact);
           const before = drawing.view.x;
           pointer("pointerdown", 10, 10); pointer("pointermove", 40, 10); pointer("pointerup", 40, 10);
           say(drawing.view.x - before); say(state.fact);
           pointer("pointerdown", 5, 5); pointer("pointerup", 5, 5); say(state.fact)"##,
        "6 | 30 | 6 | -1",
    );
    assert!(dom.text("panel").contains("What is drawn"));
    check(
        r##"const edge = current.scene.edges.findIndex((each) => each.steps.includes(9));
           const [x, y] = [0, 1].map((at) => current.scene.marks[2 * edge + at] * drawing.view.scale + drawing.view["xy"[at]]);
           pointer("pointermove", x, y); say(byId("tip").hidden); say(byId("tip").textContent);
           pointer("pointerdown", x, y); pointer("pointerup", x, y); say(state.step);
           const [a, b] = where(6); const { scale } = drawing.view;
           canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -100, clientX: a + canvas.getBoundingClientRect().left, clientY: b + canvas.getBoundingClientRect().top }));
           say(drawing.view.scale > scale); say(where(6).every((each, at) => Math.abs(each - [a, b][at]) < 1))"##,
        "false | use a binding to cluster-admin | 9 | true | true",
    );
}

pub(crate) fn controls() {
    let dom = check(
        r##"for (const box of document.querySelectorAll("#changes input")) say(box.checked);
           document.querySelector("#changes [data-change='9']").click();
           say([...state.without]); say(location.hash);
           byId("all-changes").click(); say([...state.without].sort()); say(byId("all-changes").textContent);
           byId("all-changes").click(); say(state.without.size)"##,
        "false | false | false | 9 | #without=9 | 5,7,9 | Take all back | 0",
    );
    assert_eq!(dom.values("routes", "data-outcome"), ["reached", "reached", "unreached"]);
    check(
        r##"const button = document.querySelector("#routes [data-path='3']");
           button.focus(); button.click(); say(state.path); say(document.activeElement.dataset.path);
           document.activeElement.click(); say(state.path);
           const field = byId("search"); field.value = "web"; field.dispatchEvent(new Event("input")); say(location.hash);
           const select = byId("entry"); select.value = "any-pod"; select.dispatchEvent(new Event("change"));
           say(document.querySelectorAll("#routes article").length);
           byId("whole").click(); say(state.whole)"##,
        "2 | 3 | -1 | #search=web&route=1 | 1 | true",
    );
}
