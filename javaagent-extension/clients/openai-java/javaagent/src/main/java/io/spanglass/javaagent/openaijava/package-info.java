/** OpenAI's SDK for Java: its own retries belong to one call. */
@NullMarked
package io.spanglass.javaagent.openaijava;

import org.jspecify.annotations.NullMarked;
