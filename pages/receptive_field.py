"""What can each node see?"""

from explorer.panels.lens import head, more
from explorer.panels.receptive_field import field_panel

head(
    "What can each node see?",
    "Point at a node: all that it is computed from lights up. Click one for its numbers. The higher a node, the more "
    "it sees.",
    help="The receptive field of a node is the set of characters that can change its numbers.",
    findings=True,
)
field_panel()
more(
    "As in the WaveNet paper, the characters stand below and the prediction above. In the hierarchical model two "
    "neighbours flow together at each level, so three levels see 2 x 2 x 2 = 8 characters; the flat model crushes "
    "all of them in one step. Dilated convolutions are that tree at every position at once: what this one prediction "
    "does not need is faint. A recurrent network passes everything along one chain; attention lets each position look "
    "at all before it. What a node can see follows from the model text alone (derived); that it really "
    "depends on just these characters is measured, by sending a gradient back from the node to the characters.",
    page="receptive_field",
    try_this="Type a longer text: the tree sees only its end. Then compare `wavenet-conv`, `gru` and `transformer`.",
)
