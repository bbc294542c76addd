/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Replaces personal data and secrets in text, as a policy wants it.
 *
 * <p>For use by any number of threads. A text in which nothing is found is returned as it was
 * given, the same object, and nothing is allocated for it. Redacting a redacted text changes
 * nothing. Whatever goes wrong, and if one text takes longer than the policy allows, the result is
 * {@code [REDACTION_FAILED]}: nothing leaves unseen, and nothing is thrown.
 *
 * <p>Text that starts like JSON is read as JSON, also JSON in strings of JSON: names of fields say
 * what their values are, what is written with escapes is found, and the result is JSON again.
 */
public final class Redactor {
  /** So many times a text is looked at again after something was replaced in it. */
  private static final int MOST_PASSES = 6;

  private static final int POOLED = 8;
  private static final int MOST_NAMES = 2048;

  private final RedactionPolicy policy;
  private final boolean off;
  private final boolean reads;
  private final byte[] classes = new byte[256];
  private final Replacements replacements;
  private final AtomicReferenceArray<@Nullable RedactionSession> pool =
      new AtomicReferenceArray<>(POOLED);

  /** What the names of fields mean; names come again and again. */
  private final Map<String, FieldName> names = new ConcurrentHashMap<>();

  private final Map<RedactionType, LongAdder> counts = new EnumMap<>(RedactionType.class);
  private final LongAdder failures = new LongAdder();

  private Redactor(RedactionPolicy policy) {
    this.policy = policy;
    off = policy.isOff();
    reads = !policy.rules.isEmpty();
    replacements = new Replacements(policy);
    for (RedactionType type : RedactionType.values()) {
      counts.put(type, new LongAdder());
    }
    TextScanner.classes(policy, classes);
  }

  public static Redactor of(RedactionPolicy policy) {
    return new Redactor(policy);
  }

  public RedactionPolicy policy() {
    return policy;
  }

  /** The text with everything replaced that was found in it; the same object if that is nothing. */
  public String redact(String text) {
    return redact(null, text);
  }

  /**
   * The same for the value of a field or an attribute.
   *
   * @param name of the field: "password", say, or "user.email"; null if it has none
   */
  public String redact(@Nullable String name, String text) {
    if (isClean(name, text)) {
      return text;
    }
    RedactionSession session = acquire();
    try {
      return session.redact(name, text);
    } finally {
      release(session);
    }
  }

  /**
   * For many values in a row: what is needed for one is there for the next. To be closed; for one
   * thread at a time.
   */
  public RedactionSession open() {
    return acquire();
  }

  boolean isClean(@Nullable String name, String text) {
    return off || text.isEmpty() || (!hasSign(text) && (name == null || !field(name).isRule()));
  }

  String redact(Scan scan, @Nullable String name, String text) {
    try {
      FieldName field = name == null ? null : field(name);
      scan.start(policy.nanos);
      String current = text;
      for (int pass = 0; pass < MOST_PASSES; pass++) {
        Matches matches = scan.find(current, field);
        if (matches.size == 0) {
          return current;
        }
        count(matches);
        String once = replacements.apply(current, matches, null);
        matches = scan.find(once, field);
        if (matches.size == 0) {
          return once;
        }
        // What was put in brought something else about: all of it is replaced where it was.
        count(matches);
        current = replacements.apply(current, findAll(scan, name, current), null);
      }
    } catch (Throwable failure) {
      // Also a stack that is too small or memory that is used up: the value must not leave.
    }
    failures.increment();
    return Placeholders.FAILED;
  }

  private FieldName field(String name) {
    FieldName field = names.get(name);
    if (field == null) {
      char[] chars = name.toCharArray();
      KeyNames.Rule rule = new KeyNames().find(chars, 0, chars.length);
      boolean wanted = rule != null && (policy.types & rule.type.bit()) != 0;
      field = new FieldName(chars, wanted ? rule : null);
      if (names.size() < MOST_NAMES) {
        names.put(name, field);
      }
    }
    return field;
  }

  /**
   * What would be replaced, in ascending order, without overlaps. For looking at a text, not for
   * the path of telemetry: it allocates, and counts nothing.
   *
   * @throws IllegalStateException if the time for one value is spent
   */
  public List<Finding> find(String text) {
    return find(null, text);
  }

  /** The same for the value of a field. */
  public List<Finding> find(@Nullable String name, String text) {
    if (off || text.isEmpty()) {
      return Collections.emptyList();
    }
    RedactionSession session = acquire();
    try {
      session.scan.start(policy.nanos);
      Matches all = findAll(session.scan, name, text);
      List<Finding> findings = new ArrayList<>(all.size);
      for (int i = 0; i < all.size; i++) {
        findings.add(new Finding(all.types[i], all.name(i), all.starts[i], all.ends[i]));
      }
      return Collections.unmodifiableList(findings);
    } catch (Budget.Spent spent) {
      throw new IllegalStateException(spent.getMessage());
    } finally {
      release(session);
    }
  }

  /** What all passes find, in the places of the text that was given. */
  Matches findAll(Scan scan, @Nullable String name, String text) {
    Matches all = new Matches();
    List<Replacements.Edits> edits = new ArrayList<>();
    String current = text;
    for (int pass = 0; pass < MOST_PASSES; pass++) {
      Matches matches = scan.find(current, name == null ? null : field(name));
      if (matches.size == 0) {
        break;
      }
      for (int i = 0; i < matches.size; i++) {
        int start = matches.starts[i];
        int end = matches.ends[i];
        for (int k = edits.size() - 1; k >= 0; k--) {
          start = edits.get(k).before(start, false);
          end = edits.get(k).before(end, true);
        }
        if (edits.isEmpty()) {
          all.add(matches.types[i], matches.names[i], start, end, matches.quotes[i]);
        } else {
          all.merge(matches.types[i], matches.names[i], start, end);
        }
      }
      Replacements.Edits made = new Replacements.Edits();
      current = replacements.apply(current, matches, made);
      edits.add(made);
    }
    return all;
  }

  /** For a text that comes in pieces, as a model writes it. One for each choice or tool call. */
  public RedactionStream newStream() {
    return new RedactionStream(this);
  }

  /** How many of a type were replaced since the start. */
  public long count(RedactionType type) {
    return counter(type).sum();
  }

  /** How many of each type were replaced since the start; types that were not found are absent. */
  public Map<RedactionType, Long> counts() {
    Map<RedactionType, Long> found = new EnumMap<>(RedactionType.class);
    for (RedactionType type : RedactionType.values()) {
      long count = count(type);
      if (count > 0) {
        found.put(type, count);
      }
    }
    return found;
  }

  /** How many values were replaced as a whole, because something went wrong or took too long. */
  public long failures() {
    return failures.sum();
  }

  private LongAdder counter(RedactionType type) {
    return Objects.requireNonNull(counts.get(type));
  }

  void failed() {
    failures.increment();
  }

  void count(Matches matches) {
    for (int i = 0; i < matches.size; i++) {
      counter(matches.types[i]).increment();
    }
  }

  Replacements replacements() {
    return replacements;
  }

  /** Whether there is anything at all in the text that something could start with or be in. */
  private boolean hasSign(String text) {
    if (reads) {
      return true;
    }
    byte[] signs = classes;
    for (int i = 0, n = text.length(); i < n; i++) {
      char c = text.charAt(i);
      if (c < 256 ? signs[c] != 0 : Folding.isSign(c)) {
        return true;
      }
    }
    return false;
  }

  RedactionSession acquire() {
    int first = (int) Thread.currentThread().getId() & POOLED - 1;
    for (int i = 0; i < POOLED; i++) {
      int slot = first + i & POOLED - 1;
      if (pool.get(slot) != null) {
        RedactionSession session = pool.getAndSet(slot, null);
        if (session != null) {
          return session;
        }
      }
    }
    return new RedactionSession(this, new Scan(policy));
  }

  void release(RedactionSession session) {
    session.scan.release();
    int first = (int) Thread.currentThread().getId() & POOLED - 1;
    for (int i = 0; i < POOLED; i++) {
      if (pool.compareAndSet(first + i & POOLED - 1, null, session)) {
        return;
      }
    }
  }
}
