/**
 * Reads the pipeline's own configuration: rules and dashboards, and what they ask the back ends
 * for.
 */
@NullMarked
package io.spanglass.pipeline;

import org.jspecify.annotations.NullMarked;
