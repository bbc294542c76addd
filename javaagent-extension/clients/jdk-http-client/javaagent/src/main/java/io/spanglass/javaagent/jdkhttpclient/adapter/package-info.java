/**
 * Translates the JDK's HttpClient into the wire core. These classes are defined beside the client,
 * in the platform class loader; nothing else may stand in this package.
 */
@NullMarked
package io.spanglass.javaagent.jdkhttpclient.adapter;

import org.jspecify.annotations.NullMarked;
