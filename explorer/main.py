"""The entry script: page config, navigation, and the sidebar with run and moment. Nothing else."""

import streamlit as st

from core.runs import limit
from core.runs.errors import StoreError
from explorer import session, verbs
from explorer.markdown import plain
from explorer.navigation import navigation
from explorer.panels.sidebar import sidebar

TOLD = "told_of_workers"
ICON, LOGO = "explorer/icon.svg", "explorer/logo.svg"
# What no option says: 5rem free on each side are a sixth of a projector's 1280 pixels, a text area for code, and small
# buttons for the steps. The list of runs is wider than the sidebar: a line has to tell one from another. Where the
# focus is, the theme's pale ring or fill does not show.
STYLE = """<style>
.stMainBlockContainer { padding-left: 2.5rem; padding-right: 2.5rem; }
:is(.st-key-setup_text, .st-key-shapes_text, .st-key-fork_text, [class*="st-key-backprop_text"]) textarea {
  font-family: "Source Code Pro", monospace; font-size: 0.85rem;
}
[class*="st-key-run_picker"] input { text-overflow: ellipsis; }
[data-testid="stSelectboxVirtualDropdown"]:has([aria-label="Run"]) {
  width: min(31rem, calc(100vw - 4rem)) !important;
}
[aria-label="Run"] [data-item-hl] { text-overflow: ellipsis; display: block; line-height: 2; }
:is(a, button, summary, [role="slider"], [role="radio"], [role="tab"], [tabindex="0"]):not(input, main):focus-visible,
label:has(input[type="checkbox"]:focus-visible), .stSlider div:has(> div > input:focus-visible) {
  outline: 2px solid #3D7DCA !important; outline-offset: 2px;
}
.st-key-samples code { display: block; overflow: hidden; text-overflow: ellipsis; white-space: pre !important; }
.st-key-samples code > * { white-space: pre !important; }
.st-key-steps button { min-height: 2rem; padding: 0 0.25rem; }
</style>"""

st.set_page_config(page_title="Makemore Explorer", page_icon=ICON, layout="wide")
st.logo(LOGO, size="large", icon_image=ICON)
st.html(STYLE)
session.restore()
page = navigation()
try:
    with st.sidebar:
        sidebar()
    if sentence := verbs.take_notice():
        st.error(plain(sentence))
    if (sentence := limit.complaint()) and not session.get(TOLD):
        session.put(TOLD, True)
        st.toast(plain(sentence), icon=":material/warning:", duration=20)
    page.run()
except StoreError as error:
    st.error(plain(str(error)))
