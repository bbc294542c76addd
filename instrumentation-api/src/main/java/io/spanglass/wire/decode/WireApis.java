/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.decode;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The APIs that are known, and how a request is recognized as one of them. */
public final class WireApis {
  private static final WireApi[] ALL = {
    new OpenAiChatCompletions(),
    new OpenAiCompletions(),
    new OpenAiEmbeddings(),
    new OpenAiResponses(),
    new AnthropicMessages(/* inCloud= */ false),
    new AnthropicMessages(/* inCloud= */ true),
    new TgiGenerate(/* streams= */ false, "/generate"),
    new TgiGenerate(/* streams= */ true, "/generate_stream"),
    Ollama.chat(),
    Ollama.generate(),
    Ollama.embed(),
    Gemini.generateContent(),
    Gemini.embedContent(),
    Cohere.chat(),
    Cohere.embed(),
    new BedrockConverse()
  };

  private static final WireApi TGI_ANYWHERE = new TgiGenerate(/* streams= */ false);

  /** By the last character of the path, so that a path that is none costs one look. */
  private static final String[][] SUFFIXES = new String[128][];

  private static final WireApi[][] OWNERS = new WireApi[128][];

  static {
    for (WireApi api : ALL) {
      for (String suffix : api.pathSuffixes()) {
        int last = suffix.charAt(suffix.length() - 1);
        int count = SUFFIXES[last] == null ? 0 : SUFFIXES[last].length;
        String[] suffixes = new String[count + 1];
        WireApi[] owners = new WireApi[count + 1];
        // The longest first: "/chat/completions" ends with "/completions".
        int at = 0;
        while (at < count && SUFFIXES[last][at].length() >= suffix.length()) {
          at++;
        }
        if (count > 0) {
          System.arraycopy(SUFFIXES[last], 0, suffixes, 0, at);
          System.arraycopy(OWNERS[last], 0, owners, 0, at);
          System.arraycopy(SUFFIXES[last], at, suffixes, at + 1, count - at);
          System.arraycopy(OWNERS[last], at, owners, at + 1, count - at);
        }
        suffixes[at] = suffix;
        owners[at] = api;
        SUFFIXES[last] = suffixes;
        OWNERS[last] = owners;
      }
    }
  }

  private WireApis() {}

  /** TGI's own API under a path that only the configuration knows: {@code /} at TGI itself. */
  public static WireApi tgi() {
    return TGI_ANYWHERE;
  }

  /** All that are known. */
  public static List<WireApi> all() {
    return List.of(ALL);
  }

  /**
   * The API that a request may be of, by its path alone; whatever host and path prefix a gateway
   * puts before it. Allocates nothing.
   *
   * @param rawPath the path as on the request line, without the query
   */
  public static @Nullable WireApi byPath(@Nullable String method, @Nullable String rawPath) {
    if (rawPath == null) {
      return null;
    }
    int end = rawPath.length();
    // A server takes a path with a slash at its end for the same.
    while (end > 0 && rawPath.charAt(end - 1) == '/') {
      end--;
    }
    if (end == 0) {
      return null;
    }
    char last = rawPath.charAt(end - 1);
    if (last >= 128 || SUFFIXES[last] == null || !"POST".equals(method)) {
      return null;
    }
    String[] suffixes = SUFFIXES[last];
    for (int i = 0; i < suffixes.length; i++) {
      if (rawPath.startsWith(suffixes[i], end - suffixes[i].length())) {
        return OWNERS[last][i];
      }
    }
    return null;
  }
}
