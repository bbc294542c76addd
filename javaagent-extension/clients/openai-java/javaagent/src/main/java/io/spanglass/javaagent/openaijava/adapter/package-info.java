/** What is defined beside the SDK's classes. */
@NullMarked
package io.spanglass.javaagent.openaijava.adapter;

import org.jspecify.annotations.NullMarked;
