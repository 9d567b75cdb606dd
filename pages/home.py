"""What is this, and where do I begin?"""

import streamlit as st

from explorer.panels.home.panel import home_panel

st.title("Watch a language model learn names")
st.write("Train the models of the makemore course live, on your own machine, and look inside them at every step.")
home_panel()
