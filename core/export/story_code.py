"""The code around the layers, from words to new words; what is not needed by a run is left out of its script.

A line that ends in `#? ...` is there where that is so of the run: see `story._so` for what there is.
"""

SETTINGS_WORDS = "What can be turned, under the names of the course."
SETTINGS = """\
import base64  #? packed
import random  #? split
import zlib  #? packed

import torch
import torch.nn.functional as F
from torch import nn  #? torch

block_size = $block_size  # characters that the model sees
positions = $positions  # characters that it predicts in one pass  #? stretches
batch_size = $batch_size  #? batches
max_steps = $max_steps
"""

WORDS_WORDS = "One after the other, as they stood in their file."
PACKED_WORDS = "All of them, packed so that they do not fill the screen."
WORDS = """\
$source
"""

DATA_WORDS = """\
Each character of a word is to be told from the $block_size before it, and so is its end, a dot.  #? no-single
Each character of a word is to be told from the one before it, and so is its end, a dot.  #? single
An example is a stretch of a word, laid from its end; before the word begins, targets are -1.  #? stretches
A tenth of the words is kept to judge the model by, and another for the very last test.  #? split
"""
DATA = """\
chars = sorted(set("".join(words)))
stoi = {ch: i for i, ch in enumerate(chars, 1)}
stoi["."] = 0  # begins and ends every word
itos = {i: ch for ch, i in stoi.items()}
vocab_size = len(stoi)


$build_dataset


random.seed(42)  #? split
random.shuffle(words)  #? split
n1, n2 = int(0.8 * len(words)), int(0.9 * len(words))  #? split
Xtr, Ytr = build_dataset(words[:n1]$stretches)  #? split
Xval, Yval = build_dataset(words[n1:n2])  #? split no-stretches
Xtr, Ytr = build_dataset(words$stretches)  #? no-split
print(f"{len(words):,} words, {vocab_size} characters, {len(Xtr):,} examples")
"""
EXAMPLES = """\
def build_dataset(words):
    X, Y = [], []
    for word in words:
        context = [0] * block_size
        for ch in word + ".":
            X.append(context)
            Y.append(stoi[ch])
            context = context[1:] + [stoi[ch]]
    return torch.tensor(X), torch.tensor(Y)  # (N, block_size) and (N,)"""
STRETCHES = """\
def build_dataset(words, positions):
    X, Y = [], []
    T = block_size + positions - 1
    for word in words:
        codes = [stoi[ch] for ch in word + "."]
        seen, wanted = [0] * T + codes, [-1] * positions + codes
        shortest = (len(codes) - 1) % positions + 1
        for end in range(shortest, len(codes) + 1, positions):
            X.append(seen[end - 1 : end - 1 + T])
            Y.append(wanted[end : end + positions])
    return torch.tensor(X), torch.tensor(Y)  # (N, T) and (N, positions)"""

LAYERS_WORDS = "Shapes are (B, T, C): examples of the batch, positions of the text, channels."

MODEL_WORDS = """\
All random numbers follow from the seed: first the weights, layer by layer, then the batches.  #? batches
All random numbers follow from the seed: here the weights, layer by layer.  #? no-batches
The last layer is scaled down, so that the first guesses are not confident.  #? softened
"""
MODEL = """\
torch.manual_seed($seed)
layers = [
$layers]
$softened *= 0.1  #? softened
model = Sequential(layers)

parameters = model.parameters()
for p in parameters:
    p.requires_grad = True
print(f"{sum(p.numel() for p in parameters):,} parameters")
"""
COUNTED_MODEL_WORDS = "There is nothing to draw: all counts are 0 at first."
COUNTED_MODEL = """\
torch.manual_seed($seed)
model = $counts
"""

TRAINING_WORDS = """\
A batch drawn at random, its loss, the gradients, a small step downhill: again and again.  #? batches
All examples, their loss, the gradients, a small step downhill: again and again.  #? no-batches
The weights cost something, too, so that they stay small.  #? l2
The run ends here as it was recorded to end: the loss of the last step is not finite.  #? diverged
"""
TRAINING = """\
$inside
kinds = (Linear, CausalConv1d)  #? l2 both
weights = [layer.weight for layer in $every if isinstance(layer, kinds)]  #? l2 both
weights = [layer.weight for layer in $every if isinstance(layer, $penalised)]  #? l2 no-both
optimizer = torch.optim.AdamW(parameters)  #? adamw
losses = []

for step in range(1, max_steps + 1):$batch
    logits = model($Xb)  #? no-positions
    logits = model($Xb).view(-1, vocab_size)  #? positions
    loss = F.cross_entropy(logits, $Yb)  #? no-stretches
    loss = F.cross_entropy(logits, $Yb.view(-1), ignore_index=-1)  #? stretches
    $l2  #? l2
    loss = loss + l2 * sum((w**2).mean() for w in weights)  #? l2

    for p in parameters:
        p.grad = None
    loss.backward()

    $rate
    for group in optimizer.param_groups:  #? adamw
        group["lr"] = lr  #? adamw
    optimizer.step()  #? adamw
    for p in parameters:  #? no-adamw
        p.data -= lr * p.grad  #? no-adamw no-skips
        if p.grad is not None:  # what SkipSum replaces has none  #? no-adamw skips
            p.data -= lr * p.grad  #? no-adamw skips

    losses.append(loss.item())
    if step == 1 or step % $every_so_often == 0:  #? long
        print(f"{step:7,} / {max_steps:,}: {losses[-1]:.4f}")  #? long
    print(f"{step:7,} / {max_steps:,}: {losses[-1]:.4f}")  #? no-long
"""
BATCH = """
    ix = torch.randint(0, len(Xtr), (batch_size,))
    Xb, Yb = Xtr[ix], Ytr[ix]
"""
INSIDE = '''\
def inside(layer):
    """The layer and all layers that it holds."""
    yield layer
    for inner in getattr(layer, "layers", []):
        yield from inside(inner)

'''
COUNTED_TRAINING_WORDS = "Each step predicts its examples from the counts so far, and then counts them."
COUNTED_TRAINING = """\
losses = []
for step in range(1, max_steps + 1):
    ix = torch.randint(0, len(Xtr), (batch_size,))  #? batches
    Xb, Yb = Xtr[ix], Ytr[ix]  #? batches
    losses.append(F.cross_entropy(model($Xb), $Yb).item())
    model.learn($Xb, $Yb)
    if step == 1 or step % $every_so_often == 0:  #? long
        print(f"{step:7,} / {max_steps:,}: {losses[-1]:.4f}")  #? long
    print(f"{step:7,} / {max_steps:,}: {losses[-1]:.4f}")  #? no-long
"""

LOSSES_WORDS = """\
The mean loss of single predictions; lower is better.
BatchNorm uses its running statistics from here on.  #? norm
"""
LOSSES = """\
BatchNorm1d.training = False  #? norm


@torch.no_grad()
def mean_loss(X, Y):
    total = 0.0
    for x, y in zip(X.split(10_000), Y.split(10_000)):
        logits = model(x)  #? no-positions
        logits = model(x).view(-1, vocab_size)  #? positions
        total += F.cross_entropy(logits, y, reduction="sum").item()  #? no-stretches
        total += F.cross_entropy(logits, y.view(-1), reduction="sum").item()  #? stretches
    return total / len(Y)


Xtr, Ytr = build_dataset(words[:n1], positions=1)  #? split stretches
Xval, Yval = build_dataset(words[n1:n2], positions=1)  #? split stretches
Xtr, Ytr = build_dataset(words, positions=1)  #? no-split stretches
print(f"train {mean_loss(Xtr, Ytr):.4f}")  #? no-split
print(f"train {mean_loss(Xtr, Ytr):.4f}, val {mean_loss(Xval, Yval):.4f}")  #? split
"""

SAMPLES_WORDS = "Character by character, each drawn by the probabilities that the model gives it."
SAMPLES = """\
@torch.no_grad()
def make_word():
    word, context = "", [0] * block_size
    while len(word) < 30:
        logits = model(torch.tensor([context])).view(-1)
        ix = torch.multinomial(F.softmax(logits, dim=0), 1).item()
        if ix == 0:
            break
        word += itos[ix]
        context = context[1:] + [ix]
    return word


for _ in range(20):
    print(make_word())
"""
