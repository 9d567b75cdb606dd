"""What is this, and where do I begin?"""

import streamlit as st

from explorer.panels.home.course import course_or_results

st.title("Watch a language model learn names")
st.write("Train the models of the makemore course live, on your own machine, and look inside them at every step.")
course_or_results()
