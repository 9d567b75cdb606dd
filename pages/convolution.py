"""What does a convolution save?"""

from explorer.labs.convolution.lab import convolution_lab
from explorer.panels.lens import head, more

head(
    "What does a convolution save?",
    "Look for diamonds: what separate trees compute again. The sliding pass computes such a node once; its number says "
    "for how many predictions.",
    help="A causal convolution mixes a position with some before it, by the same weights wherever it stands. Its "
    "dilation says how far apart the positions are that it reads.",
)
convolution_lab()
more(
    "To predict every character of a word, the hierarchical network is called once for each position, and neighbouring "
    "calls compute many nodes twice. A stack of **causal dilated convolutions** with the same weights slides along "
    "instead: the loop over positions moves into the layer, and what two predictions share is computed once. The "
    "logits stay the same, rounding apart. When the model **samples**, one character after the other, it remembers "
    "what each convolution will read again, in a queue as long as it looks back; then every new character costs one "
    "new node a level. The word stands behind dots, so that the first prediction has something to read.",
    page="convolution",
    try_this="Type the dilations 3, 3: the prediction sees 3 of 7 characters. Then 1, 2, 4, 8: the more a tree sees, "
    "the more the pass saves.",
)
