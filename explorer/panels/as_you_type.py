"""Makes a text area hand over its text while you type, not only when you leave it.

    >>> text = st.text_area("Model", key="model_text")
    >>> as_you_type("model_text")

Streamlit commits a text area when it loses focus or on Ctrl+Enter. This component waits until typing rests for a moment
and then presses Ctrl+Enter in your place; caret and focus stay where they are. A single line needs none of this:
`st.text_input` has `live`.
"""

import streamlit as st

REST = 350  # milliseconds without a key

_JS = """
export default function ({ data }) {
  let timer = 0;
  const onInput = (event) => {
    const area = event.target;
    if (area.tagName !== "TEXTAREA" || !area.closest(".st-key-" + data.key)) return;
    clearTimeout(timer);
    timer = setTimeout(() => area.dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true })), data.rest);
  };
  document.addEventListener("input", onInput);
  return () => { clearTimeout(timer); document.removeEventListener("input", onInput); };
}
"""


def as_you_type(key: str) -> None:
    """`key` is that of a text area (letters, digits and underscores)."""
    # Registered in the function: a component belongs to the server's runtime, which a module may outlive.
    component = st.components.v2.component("as_you_type", js=_JS)
    component(key=f"as_you_type_{key}", data={"key": key, "rest": REST}, height=1)
