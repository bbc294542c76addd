/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.spanglass.redaction.RedactionPolicy.Action;
import io.spanglass.redaction.RedactionPolicy.Preset;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for any text, of pieces that are something, that nearly are, and of anything. */
class RedactionPropertiesTest {
  private static final Redactor STRICT = Redactor.of(RedactionPolicy.strict());
  private static final Redactor MASKS =
      Redactor.of(RedactionPolicy.builder(Preset.STRICT).action(Action.MASK).build());
  private static final Redactor TOKENS =
      Redactor.of(
          RedactionPolicy.builder(Preset.STRICT)
              .action(Action.TOKEN)
              .keys(TokenKeys.of("k1", new byte[32]))
              .build());

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                "alice@example.com",
                "4111 1111 1111 1111",
                "4111111111111111",
                "219-09-9999",
                "DE89370400440532013000",
                "203.0.113.7",
                "2001:db8::1",
                "+49 30 1234567",
                "785 8949",
                "078051120",
                "12345678Z",
                "sk-proj-abcDEF1234567890abcDEF1234567890xyz",
                "ghp_abcdefghijABCDEFGHIJ0123456789abcdef",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
                "-----BEGIN PRIVATE KEY-----MIIEvQIBADANBgkqhkiG",
                "password=hunter22",
                "Authorization: Bearer abcdef1234567890XYZ",
                "Cookie: a=b; c=d",
                "https://u:p@h/x?api_key=abc12345678",
                "[EMAIL]",
                "[CARD:*1111]",
                "data:text/plain;base64,YWxpY2VAZXhhbXBsZS5jb20="),
            Arbitraries.of(
                " phone ",
                " ssn ",
                " card: ",
                " id number ",
                "my iban is ",
                " order ",
                " version ",
                " tel ",
                "\n",
                " ",
                "-",
                ".",
                ":",
                ",",
                "\"",
                "{",
                "}",
                "[",
                "]",
                "\\n",
                "%40",
                "&amp;",
                "=",
                "{\"password\":\"",
                "\"}",
                "{\"a\":",
                "x",
                "１",
                "а",
                "é",
                "中",
                "\u200b",
                "and so on "),
            Arbitraries.strings().ascii().ofMaxLength(6),
            Arbitraries.strings().numeric().ofMaxLength(12));
    return pieces.list().ofMaxSize(14).map(list -> String.join("", list));
  }

  @Property(tries = 2000)
  void redactingOnceMoreChangesNothing(@ForAll("texts") String text) {
    for (Redactor redactor : List.of(STRICT, MASKS, TOKENS)) {
      String once = redactor.redact(text);
      assertThat(redactor.redact(once)).isSameAs(once);
    }
    assertThat(STRICT.failures()).isZero();
  }

  @Property(tries = 2000)
  void nothingChangesOutsideOfWhatIsFound(@ForAll("texts") String text) {
    List<Finding> findings = STRICT.find(text);
    String redacted = STRICT.redact(text);
    int done = 0;
    int at = 0;
    for (Finding finding : findings) {
      assertThat(finding.start()).isGreaterThanOrEqualTo(done);
      assertThat(finding.end()).isBetween(finding.start() + 1, text.length());
      String between = text.substring(done, finding.start());
      int found = redacted.indexOf(between, at);
      assertThat(found).as("%s in %s", findings, redacted).isGreaterThanOrEqualTo(at);
      at = found + between.length();
      done = finding.end();
    }
    assertThat(redacted).endsWith(text.substring(done));
    if (findings.isEmpty()) {
      assertThat(redacted).isSameAs(text);
    }
  }

  @Property(tries = 1500)
  void aStreamIsTheSameHoweverItIsCut(@ForAll("texts") String text, @ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder longer = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      longer.append(text).append(" some words that mean nothing at all and only part the rest ");
    }
    String whole = longer.toString();
    RedactionStream stream = new RedactionStream(STRICT, 160, 32, 1 << 16);
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < whole.length()) {
      int end = Math.min(whole.length(), at + 1 + random.nextInt(random.nextBoolean() ? 3 : 80));
      out.append(stream.append(whole.substring(at, end)));
      at = end;
    }
    out.append(stream.finish());
    assertThat(out).hasToString(STRICT.redact(whole));
  }
}
