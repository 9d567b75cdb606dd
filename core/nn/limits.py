"""How large a model may be, and what it computes with at a time: whatever a text asks for can be built."""

MAX_SIZE = 4096  # of any one dimension
MAX_CONTEXT = 64  # characters
MAX_LAYERS = 200
MAX_PARAMETERS = 20_000_000
MAX_ACTIVATIONS = 200_000_000  # numbers in all layers, of training and evaluation together: 1.6 GB with their gradients
MAX_BATCH = 4096  # examples drawn for a step
MAX_EXAMPLES = 50_000_000  # of a full batch: more than a dataset has
EVALUATION_BATCHES = (32, 256)  # rows of the twins that evaluate: a few contexts, or many
