/** Where OkHttp is hooked; what happens there is in {@code adapter}. */
@NullMarked
package io.spanglass.javaagent.okhttp;

import org.jspecify.annotations.NullMarked;
