"""Shapes against the lecture's walk and numpy's reshape; errors with their cure; cures that work."""

import inspect
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.nn.container_rules import CONTAINERS, SKIPS
from core.nn.layers import Layer
from core.nn.notation import ModelTextError, parse
from core.nn.presets import PRESETS
from core.nn.registry import LAYERS
from core.nn.sequential import Sequential
from core.nn.shape_rules import RULES
from core.nn.shapes import context_of, infer
from core.nn.signatures import REQUIRED, SIGNATURES

WAVENET = PRESETS["wavenet"].text(27).splitlines()


def error_of(lines, context=8, vocab_size=27):
    with pytest.raises(ModelTextError) as error:
        infer(parse("\n".join(lines)), 4, context, vocab_size)
    return error.value


def test_the_lecture_s_walk_through_the_hierarchy():
    shapes = infer(parse("\n".join(WAVENET)), batch=4, context=8, vocab_size=27)
    assert [s.shape for s in shapes] == [
        (4, 8, 10),
        *[(4, 4, 20), (4, 4, 68), (4, 4, 68), (4, 4, 68)],
        *[(4, 2, 136), (4, 2, 68), (4, 2, 68), (4, 2, 68)],
        *[(4, 136), (4, 68), (4, 68), (4, 68)],
        (4, 27),
    ]
    assert shapes[0].in_shape == (4, 8)
    assert all(below.in_shape == above.shape for above, below in pairwise(shapes))


def test_the_lecture_s_walk_through_the_flat_model():
    shapes = infer(parse(PRESETS["flat"].text(27)), batch=4, context=8)
    assert [s.shape for s in shapes] == [(4, 8, 10), (4, 80), (4, 200), (4, 200), (4, 200), (4, 27)]


def test_what_each_layer_did_in_words():
    shapes = infer(parse("\n".join(WAVENET)), 4, 8)
    assert [s.what for s in shapes[:5]] == [
        "looks up a vector for each character: adds C 10",
        "joins 2 neighbouring positions: T 8 -> 4, C 10 -> 20",
        "mixes the numbers at each position: C 20 -> 68",
        "brings each channel to mean 0 and std 1 over the batch and the positions: same shape",
        "squashes each number into −1 to 1: same shape",
    ]
    assert shapes[9].what == "joins 2 neighbouring positions: T 2 -> 1 (dropped), C 68 -> 136"
    bug = infer(parse(PRESETS["wavenet-bug"].text(27)), 4, 8)
    assert "over the batch, for each position apart" in bug[3].what
    assert bug[11].what.endswith("over the batch: same shape")


@given(batch=st.integers(1, 5), groups=st.integers(1, 5), n=st.integers(1, 6), channels=st.integers(1, 7))
def test_flatten_consecutive_is_numpy_s_reshape(batch, groups, n, channels):
    text = f"Embedding(9, {channels})\nFlattenConsecutive({n})"
    flat = np.zeros((batch, groups * n, channels)).reshape(batch, groups, -1)
    expected = flat[:, 0].shape if groups == 1 else flat.shape
    try:
        shapes = infer(parse(text), batch, groups * n, 9)
    except ModelTextError as error:  # the output is not (B, 9): the shapes up to there are what matters
        shapes = error.shapes_so_far
    assert shapes[1].shape == expected


def test_flops_count_a_multiplication_and_an_addition_as_two():
    shapes = infer(
        parse("Embedding(27, 10)\nFlattenConsecutive(8)\nLinear(80, 6)\nBatchNorm1d(6)\nTanh()\nLinear(6, 27)"), 4, 8
    )
    assert [s.flops for s in shapes] == [
        0,
        0,
        4 * 6 * (80 + 80 + 1),  # 80 products and 79 sums, plus the bias's: counted as 2 * fan_in + 1
        4 * 6 * 7,
        4 * 6,
        4 * 27 * (6 + 6 + 1),
    ]
    double = infer(parse("\n".join(WAVENET)), 8, 8)
    assert [s.flops for s in double] == [2 * s.flops for s in infer(parse("\n".join(WAVENET)), 4, 8)]


def test_every_layer_that_can_be_written_has_a_shape_rule_and_a_class():
    containers = {kind for kind, signature in SIGNATURES.items() if signature.inside}
    assert {*RULES, *CONTAINERS, *SKIPS} == set(SIGNATURES)
    assert set(CONTAINERS) == containers
    assert list(SIGNATURES) == list(LAYERS)


@pytest.mark.parametrize("kind", SIGNATURES)
def test_signatures_are_the_layers_own(kind):
    """Names, order and defaults: `Layer(*spec.args, **spec.kwargs)` means what the text says."""
    if SIGNATURES[kind].inside:
        pytest.skip("layers inside have no names and no defaults")
    written = [
        (p.name, inspect.Parameter.empty if p.default is REQUIRED else p.default) for p in SIGNATURES[kind].parameters
    ]
    signature = inspect.signature(LAYERS[kind]) if written else inspect.Signature()
    assert [(p.name, p.default) for p in signature.parameters.values()] == written


@pytest.mark.parametrize("name", PRESETS)
def test_the_engine_allocates_what_is_inferred(name):
    specs = parse(PRESETS[name].text(30))
    shapes = infer(specs, 6, PRESETS[name].context, 30)
    model = Sequential.build(specs, PRESETS[name].context)
    model.connect(6)
    assert [s.name for s in shapes] == [layer.name for layer in model.layers]
    assert [s.shape for s in shapes] == [layer.out.shape for layer in model.layers]
    counted = [sum(a.size for a in _learned(layer)) for layer in model.layers]
    assert [s.parameters for s in shapes] == counted


PARTS = ("Tanh()", "Skip(3, 3)", "SkipSum()", "CausalConv1d(3, 3)", "LastPosition()")


@pytest.mark.parametrize(
    "form", ["{}\n{}\n{}", "{}\nResidual({}, {})", "Skip(3, 3)\n{}\nGated({}, {})", "Gated({}, Residual({}, {}))"]
)
def test_whatever_fits_can_be_trained(form):
    every = product(*[PARTS] * 3, ["", "LastPosition()", "SkipSum()"])
    bodies = [f"{form.format(*parts)}\n{last}" for *parts, last in every]
    assert sum(map(_trains, bodies)) > 10


def _trains(body):
    specs = parse(f"Embedding(5, 3)\n{body}\nLinear(3, 5)")
    try:
        shapes = infer(specs, 2, 4)
    except ModelTextError:
        return False
    model = Sequential.build(specs, 4, torch.Generator().manual_seed(1))
    model.connect(2)
    model.loss(np.array([[0, 1, 2, 3], [1, 2, 3, 4]]), np.array([4, 0]))
    model.backward()
    assert [s.shape for s in shapes] == [layer.out.shape for layer in model.layers]
    return True


@pytest.mark.parametrize(
    ("body", "said", "fix"),
    [
        (["Skip(3, 4)", "SkipSum()", "SkipSum()"], "line 4: SkipSum adds up the Skip layers above it, down from", ""),
        (["Skip(3, 4)", "Skip(3, 5)"], "line 3: Skip gives 5 channels, the one before gives 4", "Skip(3, 4)"),
        (["Skip(3, 4)", "LastPosition()", "Skip(3, 4)"], "Skip gives (B, 4), the one before gives (B, 8, 4)", ""),
        (
            ["Gated(Residual(CausalConv1d(3, 3), Skip(3, 4)), Residual(Skip(3, 4), CausalConv1d(3, 3)))"],
            "Skip gives (B, 8, 4), the one before gives (B, 7, 4)",
            "Gated(Residual(CausalConv1d(3, 3), Skip(3, 4)), Residual(CausalConv1d(3, 3)))",
        ),
        (
            ["Skip(3, 3)", "CausalConv1d(3, 3)", "Residual(Tanh(), SkipSum())"],
            "the layers inside have to give at most 7 positions",
            None,
        ),
    ],
)
def test_what_cannot_be_added_up_is_said(body, said, fix):
    error = error_of(["Embedding(27, 3)", *body])
    assert said in str(error)
    assert error.fix == fix


def test_skips_below_a_sum_may_have_another_width():
    lines = [
        "Embedding(27, 3)",
        "Skip(3, 4)",
        "SkipSum()",
        "Skip(4, 6)",
        "SkipSum()",
        "LastPosition()",
        "Linear(6, 27)",
    ]
    assert infer(parse("\n".join(lines)), 4, 8)[4].what == "adds up what 1 Skip layer put aside, in place of its input"


def _learned(layer: Layer) -> list[np.ndarray]:
    """What training changes: counts are no parameters, but learned all the same."""
    return list(layer.buffers().values()) if layer.kind == "Counts" else [p.data for p in layer.parameters()]


SPLIT = "FlattenConsecutive({}) cannot split {} positions into groups of {}; use {}"


@pytest.mark.parametrize("context", [6, 7, 4])
def test_where_another_context_would_do_it_is_named(context):
    """Three joins of two: with 4 characters the third has nothing left to join."""
    error = error_of(WAVENET, context)
    assert str(error).endswith(", or a context of 8")
    assert infer(parse("\n".join(WAVENET)), 4, 8)
    with pytest.raises(ModelTextError) as wide:  # no context mends a Linear
        infer(parse("\n".join([*WAVENET, "Linear(3, 27)"])), 4, context)
    assert "context of" not in str(wide.value)


@pytest.mark.parametrize(
    ("n", "context", "use", "fix"),
    [
        (3, 8, "2, 4 or 8", 2),
        (5, 7, "7", 7),
        (7, 6, "2, 3 or 6", 2),
        (9, 64, "2, 4, 8, 16, 32 or 64", 2),
        (2, 1, "1, or a context of 8", 1),
    ],
)
def test_positions_that_cannot_be_split(n, context, use, fix):
    """The fix is the factor with which the Linear below fits (20 = 2 * 10), else the nearest."""
    error = error_of([WAVENET[0], f"FlattenConsecutive({n})", *WAVENET[2:]], context)
    assert str(error) == "line 2: " + SPLIT.format(n, context, n, use)
    assert error.fix == f"FlattenConsecutive({fix})"
    assert [s.shape for s in error.shapes_so_far] == [(4, context, 10)]


@pytest.mark.parametrize(
    ("lines", "message", "fix", "so_far"),
    [
        (
            [*WAVENET[:2], "Linear(80, 68, bias=False)", *WAVENET[3:]],
            "line 3: Linear expects 80 in its last dimension, FlattenConsecutive in line 2 gives (B, 4, 20): "
            "write Linear(20, ...)",
            "Linear(20, 68, bias=False)",
            2,
        ),
        (
            [*WAVENET[:3], "BatchNorm1d(200, dims=0)", *WAVENET[4:]],
            "line 4: BatchNorm1d expects 200 in its last dimension, Linear in line 3 gives (B, 4, 68): "
            "write BatchNorm1d(68)",
            "BatchNorm1d(68, dims=0)",
            3,
        ),
        (
            WAVENET[1:],
            "line 1: FlattenConsecutive comes first, but the input is characters: put Embedding(27, 10) above it",
            "Embedding(27, 10)\nFlattenConsecutive(2)",
            0,
        ),
        (
            [WAVENET[0], *WAVENET],
            "line 2: Embedding reads characters, so only the first layer can be one: take this line out",
            "",
            1,
        ),
        (
            ["Embedding(26, 10)", *WAVENET[1:]],
            "line 1: Embedding has 26 symbols, the data has 27: write Embedding(27, 10)",
            "Embedding(27, 10)",
            0,
        ),
        (
            [*WAVENET[:13], "FlattenConsecutive(2)", WAVENET[13]],
            "line 14: FlattenConsecutive joins positions, Tanh in line 13 gives (B, 68), which has none left: "
            "take this line out",
            "",
            13,
        ),
        (
            [*WAVENET[:9], WAVENET[13]],
            "line 10: the last output is (B, 2, 27), one prediction for all positions is wanted: "
            "write FlattenConsecutive(2) and Linear(136, 27) in place of this line",
            "FlattenConsecutive(2)\nLinear(136, 27)",
            10,
        ),
        (
            WAVENET[:5],
            "line 5: the last output is (B, 4, 68), one prediction for all positions is wanted: "
            "write FlattenConsecutive(4) and Linear(272, 27) below this line",
            "Tanh()\nFlattenConsecutive(4)\nLinear(272, 27)",
            5,
        ),
        (
            [*WAVENET[:13], "Linear(68, 30)"],
            "line 14: the last output is (B, 30), a score for each of 27 symbols is wanted: write Linear(68, 27)",
            "Linear(68, 27)",
            14,
        ),
        (
            WAVENET[:13],
            "line 13: the last output is (B, 68), a score for each of 27 symbols is wanted: "
            "add Linear(68, 27) below this line",
            "Tanh()\nLinear(68, 27)",
            13,
        ),
    ],
)
def test_an_error_explains_itself_and_its_fix_works(lines, message, fix, so_far):
    error = error_of(lines)
    assert str(error) == message
    assert error.fix == fix
    assert len(error.shapes_so_far) == so_far
    lines = list(lines)
    lines[error.line - 1] = error.fix
    assert infer(parse("\n".join(lines)), 4, 8, 27)[-1].shape == (4, 27)


@pytest.mark.parametrize(
    ("wrong", "fix", "says"),
    [
        (
            "Residual(Tanh(), Linear(20, 24))",
            "Residual(Tanh(), Linear(20, 20))",
            "(B, 8, 24), to what they read, (B, 8, 20)",
        ),
        (
            "Residual(Linear(20, 20), BatchNorm1d(9))",
            "Residual(Linear(20, 20), BatchNorm1d(20))",
            "Linear before it gives",
        ),
        ("Residual(Linear(9, 20))", "Residual(Linear(20, 20))", "the layer above Residual gives (B, 8, 20)"),
        ("Gated(Linear(20, 20), Linear(20, 8))", "Gated(Linear(20, 20), Linear(20, 20))", "(B, 8, 20) and (B, 8, 8)"),
        (
            "CausalConv1d(20, 20, dilation=9)",
            "CausalConv1d(20, 20, dilation=7)",
            "Embedding in line 1 gives (B, 8, 20)",
        ),
        ("TransformerEncoderLayer(20, 6, 40)", "TransformerEncoderLayer(20, 5, 40)", "20 channels among 6 heads"),
    ],
)
def test_blocks_are_mended_by_one_click_too(wrong, fix, says):
    """An error names the last layer that fits and both sizes; its fix goes in the place of the line."""
    error = error_of(["Embedding(27, 20)", wrong, "LastPosition()", "Linear(20, 27)"])
    assert (error.line, error.fix) == (2, fix)
    assert says in str(error)
    assert [shape.kind for shape in error.shapes_so_far][:1] == ["Embedding"]
    mended = ["Embedding(27, 20)", error.fix, "LastPosition()", "Linear(20, 27)"]
    assert infer(parse("\n".join(mended)), 4, 8, 27)[-1].shape == (4, 27)


def test_what_stands_below_a_skip_names_the_layer_that_it_reads():
    error = error_of(["Embedding(27, 32)", "Residual(Linear(32, 32), Skip(32, 64), Linear(64, 32))"])
    assert "Linear before it gives (B, 8, 32)" in str(error)


def test_a_residual_whose_last_layer_does_not_decide_on_the_channels_offers_no_fix():
    error = error_of(["Embedding(27, 10)", "Residual(Linear(10, 12), Tanh())", "LastPosition()", "Linear(10, 27)"])
    assert "the last layer inside has to give 10 channels" in str(error)
    assert error.fix is None


def test_comments_and_blank_lines_count_as_lines():
    error = error_of(["# my model", "", *WAVENET[:2], "Linear(80, 68)  # too wide"])
    assert error.line == 5


@given(st.data())
def test_following_the_fixes_ends_in_a_model_that_fits(data):
    """Whatever single line is damaged, a handful of one-click repairs leads to a model that fits."""
    lines = list(WAVENET)
    broken = ["FlattenConsecutive(3)", "FlattenConsecutive(8)", "Linear(7, 9)", "BatchNorm1d(5)", "Embedding(3, 4)", ""]
    lines[data.draw(st.integers(0, 13))] = data.draw(st.sampled_from(broken))
    for _ in range(12):
        try:
            assert infer(parse("\n".join(lines)), 4, 8, 27)[-1].shape == (4, 27)
            return
        except ModelTextError as error:
            lines[error.line - 1] = error.fix
        lines = "\n".join(lines).split("\n")
    pytest.fail("still wrong after 12 repairs: " + "; ".join(lines))


def test_without_vocab_size_the_embedding_says_how_many_symbols():
    assert infer(parse("Embedding(5, 2)\nFlattenConsecutive(2)\nLinear(4, 5)"), 1, 2)[-1].shape == (1, 5)
    error = error_of(["Embedding(5, 2)", "FlattenConsecutive(2)", "Linear(4, 6)"], 2, None)
    assert error.fix == "Linear(4, 5)"


def test_a_join_that_makes_too_many_channels_is_refused():
    error = error_of(["Embedding(27, 1024)", "FlattenConsecutive(8)", "Linear(4096, 27)"])
    assert str(error).startswith(
        "line 2: FlattenConsecutive(8) makes 8,192 channels of 1,024, at most 4,096 are allowed"
    )
    assert error.fix is None


def test_the_rows_that_evaluate_count_too():
    """A batch of 2 is little; evaluation's 32 and 256 rows of the same layers are not."""
    few, many = ("Embedding(27, 4096)\n" + "Tanh()\n" * n + "LastPosition()\nLinear(4096, 27)" for n in (1, 2))
    assert infer(parse(few), 2, 64, 27)
    with pytest.raises(ModelTextError, match=r"line 3: .* 1,572,864 numbers at a batch size of 2 and 226,492,416 more"):
        infer(parse(many), 2, 64, 27)


def test_outputs_that_would_fill_the_memory_are_refused():
    with pytest.raises(ModelTextError, match=r"line 1: the layers up to here hold 1,073,741,824 numbers at a batch"):
        infer(parse("Embedding(27, 4096)\nFlattenConsecutive(1)"), 4096, 64)


@pytest.mark.parametrize(
    ("text", "batch", "numbers"),
    [
        ("Embedding(27, 512)\nCausalConv1d(512, 8, 32)", 512, 512 * (64 * 512 + 33 * (8 + 32 * 512))),
        ("Embedding(27, 64)\nTransformerEncoderLayer(64, 64, 8)", 1024, 1024 * 64 * (64 + 64 + 64 * 64 + 8)),
    ],
)
def test_what_a_layer_holds_besides_its_output_counts_towards_the_most(text, batch, numbers):
    """A convolution's positions side by side; each head's score of each pair of positions, and the hidden layer."""
    with pytest.raises(ModelTextError, match=f"line 2: the layers up to here hold {numbers:,} numbers"):
        infer(parse(text), batch, 64)


@pytest.mark.parametrize(("name", "context"), [(p.name, p.context) for p in PRESETS.values()])
def test_context_of_the_presets(name, context):
    assert context_of(PRESETS[name].text(31)) == context


@pytest.mark.parametrize("text", ["", "Linear(", WAVENET[0], "\n".join(WAVENET[:9])])
def test_context_of_a_text_that_does_not_fit_is_the_default(text):
    assert context_of(text, default=5) == 5


def test_context_of_is_never_longer_than_a_run_allows():
    deep = "Embedding(27, 1)\n" + "FlattenConsecutive(2)\n" * 7 + "Linear(128, 27)"
    assert context_of(deep) == 8


@pytest.mark.parametrize(
    ("batch", "context", "name"),
    [(1, 99_999_999, "context"), (1, 65, "context"), (1, 0, "context"), (10**8, 8, "batch size"), (0, 8, "batch size")],
)
def test_sizes_beyond_what_a_run_allows_are_answered_first(batch, context, name):
    """At once: the divisors of a huge context took half a minute to list."""
    with pytest.raises(ModelTextError, match=f"^the {name} is .*: it must be a whole number from 1 to ") as error:
        infer(parse("Embedding(27, 10)\nFlattenConsecutive(7)"), batch, context)
    assert (error.value.line, error.value.fix) == (None, None)


@pytest.mark.parametrize("below", ["Linear(27, 27)", "Tanh()", "Residual(Linear(27, 27))"])
def test_nothing_stands_below_counts(below):
    """It has no gradient to take from what follows."""
    with pytest.raises(ModelTextError, match="line 2: Counts gives the prediction itself") as error:
        infer(parse(f"Counts(27)\n{below}"), 4, 1)
    assert error.value.fix == ""
    assert len(error.value.shapes_so_far) == 1
