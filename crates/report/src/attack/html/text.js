// How wide texts are, and texts cut to fit. The widths of single characters are near enough, and many
// times faster than measuring each text.
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const ruler = document.createElement("canvas").getContext("2d");
ruler.font = `600 12px ${FONT}`;
const characterWidths = new Map();

function characterWidth(character) {
  let width = characterWidths.get(character);
  if (width === undefined) {
    width = ruler.measureText(character).width;
    characterWidths.set(character, width);
  }
  return width;
}

function textWidth(text) {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

// The text, cut in the middle where there is no room for all of it: the ends of names tell them apart.
function fitted(text, room) {
  if (textWidth(text) <= room) return text;
  const characters = [...text];
  let [head, tail] = [0, 0];
  let used = characterWidth("…");
  while (head + tail < characters.length) {
    const isHead = head <= tail;
    used += characterWidth(isHead ? characters[head] : characters[characters.length - 1 - tail]);
    if (used > room) break;
    if (isHead) head += 1;
    else tail += 1;
  }
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

// The text on at most two lines between words, each cut to fit.
function onTwoLines(text, room) {
  if (textWidth(text) <= room) return [text];
  const words = text.split(" ");
  let first = words.shift();
  while (words.length > 1 && textWidth(`${first} ${words[0]}`) <= room) first += ` ${words.shift()}`;
  return [fitted(first, room), fitted(words.join(" "), room)].filter(Boolean);
}
