"""What is this, and where do I begin?"""

import streamlit as st

from explorer.panels.course import course_path, preset_cards, recent_runs

st.title("Watch a language model learn names")
st.write("Train the small models of the makemore course live, on your own machine, and look inside them at every step.")
preset_cards()
left, right = st.columns([3, 2], gap="large")
with left:
    course_path()
with right:
    recent_runs()
