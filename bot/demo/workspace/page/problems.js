// Says what is missing or malformed in a form before the app is asked: a view's blocks and values in, a text per block out.

const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const MISSING = "Please complete this required field.";

/** {block_id: text} for the input blocks that cannot be submitted. */
export function problems(blocks, values) {
  const found = {};
  for (const block of blocks ?? []) {
    if (block?.type !== "input" || !block.block_id) continue;
    const value = Object.values(values[block.block_id] ?? {})[0];
    const said = value ? wrong(block, value) : "";
    if (said) found[block.block_id] = said;
  }
  return found;
}

function wrong({ element, optional }, value) {
  const { type, ...fields } = value;
  const given = Object.values(fields)[0];
  const empty = given === null || given === undefined || given === "" || (Array.isArray(given) && given.length === 0);
  if (empty) return optional || type === "file_input" ? "" : MISSING;
  return CHECKS[type]?.(given, element) ?? "";
}

const CHECKS = {
  plain_text_input: (text, { min_length: least, max_length: most }) => {
    if (least && text.length < least) return `Please enter at least ${least} characters.`;
    return most && text.length > most ? `Please enter at most ${most} characters.` : "";
  },
  number_input: (text, { is_decimal_allowed: decimal, min_value: least, max_value: most }) => {
    if (!(decimal ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/).test(text)) return decimal ? "Please enter a number." : "Please enter a whole number.";
    if (least !== undefined && Number(text) < Number(least)) return `Please enter a number of at least ${least}.`;
    return most !== undefined && Number(text) > Number(most) ? `Please enter a number of at most ${most}.` : "";
  },
  email_text_input: (text) => (ADDRESS.test(text) ? "" : "Please enter a valid email address."),
  url_text_input: (text) => (URL.canParse(text) ? "" : "Please enter a valid URL."),
};
