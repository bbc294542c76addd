/** The end-to-end test of the pipeline; {@link io.spanglass.pipeline.e2e.EndToEnd} begins it. */
@NullMarked
package io.spanglass.pipeline.e2e;

import org.jspecify.annotations.NullMarked;
