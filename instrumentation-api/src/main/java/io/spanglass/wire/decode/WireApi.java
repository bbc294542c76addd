/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import io.spanglass.wire.RequestHead;
import io.spanglass.wire.ResponseHead;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One API as it looks on the wire. Stateless; what a call needs of state its decoders hold. */
public interface WireApi {
  /** The value of {@code gen_ai.operation.name}. */
  String operation();

  /**
   * The value of {@code gen_ai.provider.name} for a host that is not known: what the conventions
   * say for a server that is compatible with a provider's API.
   */
  String inferredProvider();

  /** The value of {@code openai.api.type}, null where the conventions have none for the API. */
  @Nullable String apiType();

  /** Ends of request paths that are this API's, each with a leading slash. */
  String[] pathSuffixes();

  /**
   * Whether the API's paths are words of other services too, so that a request is one of the API
   * only if its body was seen and says so.
   */
  default boolean isPathAmbiguous(RequestHead request) {
    return false;
  }

  RequestDecoder newRequestDecoder();

  ResponseDecoder newResponseDecoder(ResponseListener listener);

  /**
   * Whether a request's body can be the API's by its type: JSON, or what is not told. Some clients
   * type JSON wrongly, so that a body that has the API's shape counts all the same.
   */
  default boolean isBodyType(@Nullable String contentType) {
    if (contentType == null || contentType.isBlank()) {
      return true;
    }
    String type = contentType.toLowerCase(Locale.ROOT);
    return type.contains("json") || type.contains("octet-stream");
  }

  /** Makes what reads the body of a request. */
  default RequestReader newRequestReader(RequestHead request) {
    return new RequestReader(newRequestDecoder(), request);
  }

  /**
   * Makes what reads the body of a response. An API whose framing the body does not show, or whose
   * heads say more than the body does, makes another one than this.
   *
   * @param listener is told on the thread that reads
   */
  default ResponseReader newResponseReader(
      RequestHead request, ResponseHead response, ResponseListener listener) {
    return new ResponseReader(newResponseDecoder(listener), response);
  }
}
