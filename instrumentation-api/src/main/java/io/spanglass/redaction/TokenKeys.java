/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that tokens are made with. The same value of the same type gets the same token for as
 * long as the key is the same, so that what one person did can be followed without knowing who it
 * is. Who has the key can try values until one fits: tokens are personal data still.
 *
 * <p>Keys are never in messages, in {@link #toString()} or in what is exported.
 */
public final class TokenKeys {
  private static final int LEAST_BYTES = 32;
  private static final char[] BASE32 = "abcdefghijklmnopqrstuvwxyz234567".toCharArray();

  private final String id;
  private final String scope;
  private final Mac mac;

  private TokenKeys(String id, String scope, Mac mac) {
    this.id = id;
    this.scope = scope;
    this.mac = mac;
  }

  /**
   * A ring of one key.
   *
   * @param id stands in each token, so that it can be seen which key it was made with: up to 16
   *     letters, digits, hyphens and underscores
   * @param key at least 32 bytes
   * @throws IllegalArgumentException if either is not like that
   */
  public static TokenKeys of(String id, byte[] key) {
    if (id.isEmpty()
        || id.length() > Placeholders.LONGEST_KEY_ID
        || !id.chars().allMatch(c -> Placeholders.isKeyId((char) c))) {
      throw new IllegalArgumentException(
          "the id of a key has 1 to 16 letters, digits, hyphens and underscores");
    }
    if (key.length < LEAST_BYTES) {
      throw new IllegalArgumentException(
          "key " + id + " has " + key.length + " bytes, at least " + LEAST_BYTES + " are needed");
    }
    byte[] copy = key.clone();
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(copy, "HmacSHA256"));
      // Every token is made by a clone: find out now whether there can be one.
      if (mac.clone() == null) {
        throw new CloneNotSupportedException();
      }
      return new TokenKeys(id, "", mac);
    } catch (GeneralSecurityException | CloneNotSupportedException e) {
      throw new IllegalStateException("This JVM has no HmacSHA256 that can be cloned", e);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  /**
   * Reads a key ring: a line for each key, {@code id=base64}, the newest first. Tokens are made
   * with the first; the others stand there so that one can see which ids were used before. Empty
   * lines and lines that start with {@code #} mean nothing.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if there is no key, or one is not as it has to be
   */
  public static TokenKeys read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    TokenKeys first = null;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).trim();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("line " + (i + 1) + " is not of the form id=base64");
      }
      byte[] key;
      try {
        key = Base64.getDecoder().decode(line.substring(equals + 1).trim());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("the key of line " + (i + 1) + " is not in base64");
      }
      TokenKeys keys = of(line.substring(0, equals).trim(), key);
      if (first == null) {
        first = keys;
      }
    }
    if (first == null) {
      throw new IllegalArgumentException("there is no key");
    }
    return first;
  }

  /** The same key for a tenant: its tokens cannot be linked with those of another. */
  public TokenKeys forScope(String scope) {
    return new TokenKeys(id, scope, mac);
  }

  String id() {
    return id;
  }

  /** Appends the first 128 bits of the value's code in base32. */
  void append(StringBuilder to, String type, String canonical) {
    byte[] code;
    try {
      Mac own = (Mac) mac.clone();
      own.update(type.getBytes(StandardCharsets.UTF_8));
      own.update((byte) 0);
      own.update(scope.getBytes(StandardCharsets.UTF_8));
      own.update((byte) 0);
      code = own.doFinal(canonical.getBytes(StandardCharsets.UTF_8));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
    int bits = 0;
    int held = 0;
    for (int i = 0; i < 16; i++) {
      bits = bits << 8 | (code[i] & 0xFF);
      held += 8;
      while (held >= 5) {
        held -= 5;
        to.append(BASE32[bits >> held & 31]);
      }
    }
    to.append(BASE32[bits << (5 - held) & 31]);
  }

  @Override
  public String toString() {
    return "TokenKeys{" + id + "}";
  }
}
