/** Where the JDK's HttpClient is hooked; what happens there is in {@code adapter}. */
@NullMarked
package io.spanglass.javaagent.jdkhttpclient;

import org.jspecify.annotations.NullMarked;
