/** Where {@code HttpURLConnection} is hooked; what happens there is in {@code adapter}. */
@NullMarked
package io.spanglass.javaagent.httpurlconnection;

import org.jspecify.annotations.NullMarked;
