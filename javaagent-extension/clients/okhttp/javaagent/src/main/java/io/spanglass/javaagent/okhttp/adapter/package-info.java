/**
 * Translates OkHttp into the wire core. These classes are defined beside the client, in the
 * application's class loader; nothing else may stand in this package.
 */
@NullMarked
package io.spanglass.javaagent.okhttp.adapter;

import org.jspecify.annotations.NullMarked;
