/**
 * Translates {@code HttpURLConnection} into the wire core. These classes are defined beside the
 * client, in the boot class loader; nothing else may stand in this package.
 */
@NullMarked
package io.spanglass.javaagent.httpurlconnection.adapter;

import org.jspecify.annotations.NullMarked;
