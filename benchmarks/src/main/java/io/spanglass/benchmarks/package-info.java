/** JMH benchmarks; {@code benchmarks/README.md} says how to run them and what they gave. */
@NullMarked
package io.spanglass.benchmarks;

import org.jspecify.annotations.NullMarked;
