"""A text that the browser keeps, so that it outlives a reload, a closed tab and a restarted server.

    >>> remember("backprop_answers", answers.to_json(), on_found=take_up)     # the browser keeps this from now on
    >>> remember("backprop_answers", None, on_found=take_up)                  # a new session: what does it have?

It lies in the browser's own storage for this site, where nobody else sees it. Whoever holds the browser can write
anything there: read what is found as you would a stranger's file. A browser that keeps nothing finds nothing.
"""

from collections.abc import Callable

import streamlit as st

from explorer import session

_JS = """
export default function ({ data, setTriggerValue }) {
  try {
    const kept = localStorage.getItem(data.name);
    if (data.text !== null) {
      if (data.text !== kept) localStorage.setItem(data.name, data.text);
    } else if (kept !== null) {
      setTriggerValue("found", kept);
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;  // storage that is forbidden or full
  }
}
"""


def remember(name: str, text: str | None, on_found: Callable[[str], None]) -> None:
    """Keep `text`; where it is None, `on_found` gets what is kept under that name, in a callback before the next run.

    Once `on_found` was called, give a text: the browser is asked anew for as long as it is None.
    """
    key = f"browser_memory_{name}"

    def found() -> None:
        kept = (session.get(key) or {}).get("found")
        if isinstance(kept, str):
            on_found(kept)

    # Registered in the function: a component belongs to the server's runtime, which a module may outlive.
    component = st.components.v2.component("browser_memory", js=_JS)
    component(key=key, data={"name": name, "text": text}, height=1, on_found_change=found)
