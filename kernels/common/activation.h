// What a product's epilogue applies to each element.
#pragma once

namespace serene {

// gelu: the exact one, x / 2 (1 + erf(x / sqrt 2)).
enum class Activation { none, relu, silu, gelu };

}  // namespace serene
