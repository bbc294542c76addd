/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanglass.redaction.RedactionPolicy.Action;
import io.spanglass.redaction.RedactionPolicy.Preset;
import io.spanglass.testing.Allocations;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {
  private static final Redactor STRICT = Redactor.of(RedactionPolicy.strict());
  private static final Redactor SECRETS = Redactor.of(RedactionPolicy.secretsOnly());
  private static final byte[] KEY = new byte[32];

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "write to alice@example.com now | write to [EMAIL] now",
        "write to o'brien+x@mail.example.co.uk. | write to [EMAIL].",
        "联系alice@example.com吧 | 联系[EMAIL]吧",
        "card 4111 1111 1111 1111, thanks | card [CARD], thanks",
        "卡号4111111111111111是我的 | 卡号[CARD]是我的",
        "pay to DE89 3704 0044 0532 0130 00 today | pay to [IBAN] today",
        "SSN 219-09-9999 | SSN [US_SSN]",
        "from 203.0.113.7:443 | from [IP_ADDRESS]:443",
        "from 2001:db8::8a2e:370:7334 on | from [IP_ADDRESS] on",
        "call +49 (0)30 1234567 please | call [PHONE] please",
        "call (415) 555-0132 x12 please | call [PHONE] please",
        "Meine Handynummer: 0171 1302276 | Meine Handynummer: [PHONE]",
        "postgres://app:s3cr3t@db:5432/x | postgres://[URL_CREDENTIALS]@db:5432/x",
        "MAC 00:1A:2B:3C:4D:5E up | MAC [MAC_ADDRESS] up",
        "SWIFT code DEUTDEFF500 ok | SWIFT code [BIC] ok",
        "routing 021000021 ok | routing [ROUTING_NUMBER] ok",
        "to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa | to [CRYPTO_ADDRESS]",
        "PESEL 44051401458 | PESEL [PL_PESEL]",
        "mi DNI es 12345678Z | mi DNI es [ES_DNI]",
        "CPF 529.982.247-25 | CPF [BR_CPF]",
        "password=hunter22&x=1 | password=[SECRET]&x=1",
        "Authorization: Bearer abcdef1234567890XYZ | Authorization: Bearer [SECRET]",
        "alice%40example.com | [EMAIL]",
        "alice&#64;example.com | [EMAIL]",
        "alice\\u0040example.com | [EMAIL]",
        "a\\n4111111111111111 | a\\n[CARD]",
        "full width ４１１１１１１１１１１１１１１１ | full width [CARD]",
        "zero 4111\u200b1111\u200b1111\u200b1111 | zero [CARD]",
        "key AKIAIOSFODNN7EXAMPLE | key [API_KEY]"
      })
  void findsWhatItHasToFind(String text, String expected) {
    assertThat(STRICT.redact(text)).isEqualTo(expected);
    assertThat(STRICT.redact(expected)).isSameAs(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "request 550e8400-e29b-41d4-a716-446655440000 failed",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "version 1.2.3.4 of Chrome/120.0.0.0",
        "order 1234567890 shipped, ISBN 978-3-16-148410-0",
        "at 2024-05-01T10:20:30.123456Z, epoch 1714558830123",
        "std::cout << MyClass::toString; a = b ? c : d;",
        "token = tokenizer.next(); String password = getPassword(); max_tokens=4096",
        "git@github.com:org/repo.git and icon@2x.png and lodash@4.17.21",
        "<img src=\"data:image/png;base64,iVBORw0KGgo4111111111111111AAAA\">",
        "SELECT id, email FROM users WHERE id = 12345678 AND token = ?",
        "the risk-averse sk-learn user and the hf_hub_download function"
      })
  void leavesWhatIsNothing(String text) {
    assertThat(STRICT.redact(text)).isSameAs(text);
  }

  @Test
  void readsJsonByItsFieldsAndLeavesItJson() {
    assertThat(
            STRICT.redact(
                "{\"user\":{\"password\":\"correct horse\",\"email\":\"x\",\"n\":[1,2]},"
                    + "\"card\":4111111111111111,\"token\":\"Hello\",\"usage\":{\"total_tokens\":12}}"))
        .isEqualTo(
            "{\"user\":{\"password\":\"[SECRET]\",\"email\":\"x\",\"n\":[1,2]},"
                + "\"card\":\"[CARD]\",\"token\":\"Hello\",\"usage\":{\"total_tokens\":12}}");
  }

  @Test
  void readsJsonInStringsOfJson() {
    assertThat(
            STRICT.redact(
                "{\"arguments\":\"{\\\"api_key\\\":\\\"abc\\\",\\\"n\\\":4111111111111111,"
                    + "\\\"to\\\":\\\"alice\\\\u0040example.com\\\"}\"}"))
        .isEqualTo(
            "{\"arguments\":\"{\\\"api_key\\\":\\\"[SECRET]\\\",\\\"n\\\":\\\"[CARD]\\\","
                + "\\\"to\\\":\\\"[EMAIL]\\\"}\"}");
  }

  @Test
  void readsJsonThatBreaksOff() {
    assertThat(STRICT.redact("{\"a\":\"mail bob@example.com\",\"b\":\"sk-proj-abcDEF123"))
        .isEqualTo("{\"a\":\"mail [EMAIL]\",\"b\":\"[API_KEY]");
  }

  @Test
  void textThatOnlyStartsLikeJsonIsText() {
    assertThat(STRICT.redact("[INFO] mail from bob@example.com"))
        .isEqualTo("[INFO] mail from [EMAIL]");
    assertThat(STRICT.redact("[192.0.2.17] GET")).isEqualTo("[[IP_ADDRESS]] GET");
  }

  @Test
  void aSecretThatIsCutOffAtTheEndIsOne() {
    assertThat(SECRETS.redact("the key is sk-proj-a1")).isEqualTo("the key is [API_KEY]");
    assertThat(SECRETS.redact("the key is ghp_aB3dE…")).isEqualTo("the key is [API_KEY]…");
    assertThat(SECRETS.redact("x -----BEGIN RSA PRIVATE KEY-----\\nMIIEow"))
        .isEqualTo("x [PRIVATE_KEY]");
  }

  @Test
  void textInBase64IsLookedInto() {
    String hidden =
        Base64.getEncoder()
            .encodeToString("user: alice@example.com".getBytes(StandardCharsets.UTF_8));
    assertThat(STRICT.redact("x " + hidden + " y")).isEqualTo("x [EMAIL] y");
    assertThat(STRICT.redact("data:text/plain;base64," + hidden))
        .isEqualTo("data:text/plain;base64,[EMAIL]");
  }

  @Test
  void secretsOnlyLeavesPeople() {
    String text = "alice@example.com from 203.0.113.7 with card 4111111111111111";
    assertThat(SECRETS.redact(text)).isSameAs(text);
    assertThat(SECRETS.redact("password", "horse")).isEqualTo("[SECRET]");
    assertThat(SECRETS.redact("http.request.header.authorization", "horse")).isEqualTo("[SECRET]");
  }

  @Test
  void offIsOff() {
    String text = "password=hunter22 alice@example.com";
    assertThat(Redactor.of(RedactionPolicy.off()).redact(text)).isSameAs(text);
  }

  @Test
  void tokensAreTheSameForTheSameValueHoweverItIsWritten() {
    Redactor tokens =
        Redactor.of(
            RedactionPolicy.builder(Preset.STRICT)
                .action(Action.TOKEN)
                .keys(TokenKeys.of("k3", KEY))
                .build());
    String token = tokens.redact("alice@example.com");
    assertThat(token).matches("\\[EMAIL:k3:[a-z2-7]{26}]");
    assertThat(tokens.redact("alice@EXAMPLE.com")).isEqualTo(token);
    assertThat(tokens.redact("alice%40example.com")).isEqualTo(token);
    assertThat(tokens.redact(token)).isSameAs(token);
    assertThat(tokens.redact("bob@example.com")).isNotEqualTo(token);
    assertThat(tokens.redact("4111-1111-1111-1111")).isEqualTo(tokens.redact("4111111111111111"));
    Redactor other =
        Redactor.of(
            RedactionPolicy.builder(Preset.STRICT)
                .action(Action.TOKEN)
                .keys(TokenKeys.of("k3", KEY).forScope("tenant"))
                .build());
    assertThat(other.redact("alice@example.com")).isNotEqualTo(token);
  }

  @Test
  void withoutAKeyATokenIsAPlaceholder() {
    Redactor tokens =
        Redactor.of(RedactionPolicy.builder(Preset.STRICT).action(Action.TOKEN).build());
    assertThat(tokens.redact("alice@example.com")).isEqualTo("[EMAIL]");
  }

  @Test
  void masksKeepTheLastFourAndNothingOfSecrets() {
    Redactor masks =
        Redactor.of(RedactionPolicy.builder(Preset.STRICT).action(Action.MASK).build());
    assertThat(masks.redact("card 4111 1111 1111 1111, password=hunter22"))
        .isEqualTo("card [CARD:*1111], password=[SECRET]");
    assertThat(masks.redact("[CARD:*1234]")).isEqualTo("[CARD:*1234]");
  }

  @Test
  void dropLeavesNothingAlsoOfWhatItPutsTogether() {
    Redactor drops =
        Redactor.of(RedactionPolicy.builder(Preset.STRICT).action(Action.DROP).build());
    String once = drops.redact("a alice@example.com b 4111111111111111");
    assertThat(once).isEqualTo("a  b ");
    assertThat(drops.redact("a" + "bob@example.com" + "@example.org"))
        .doesNotContain("example.com");
  }

  @Test
  void keysAreRefusedThatAreTooShort(@TempDir Path folder) throws Exception {
    assertThatThrownBy(() -> TokenKeys.of("k1", new byte[31]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32");
    assertThatThrownBy(() -> TokenKeys.of("k 1", KEY)).isInstanceOf(IllegalArgumentException.class);
    Path ring = folder.resolve("keys");
    String key = Base64.getEncoder().encodeToString(KEY);
    Files.writeString(ring, "# newest first\nk4=" + key + "\nk3=" + key + "\n");
    assertThat(TokenKeys.read(ring).toString()).isEqualTo("TokenKeys{k4}");
    Files.writeString(ring, "k4=secret-that-is-no-base64!\n");
    assertThatThrownBy(() -> TokenKeys.read(ring))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secret-that");
  }

  @Test
  void tokensAreHmacSha256() {
    // Computed with Python's hmac and base64.b32encode.
    StringBuilder out = new StringBuilder();
    TokenKeys.of("k", KEY).append(out, "EMAIL", "alice@example.com");
    assertThat(out).hasToString("kcxdplo2emmampfev4fpp4dj7i");
  }

  @Test
  void allowedValuesStay() {
    Redactor redactor =
        Redactor.of(
            RedactionPolicy.builder(Preset.STRICT)
                .allow("*@example.com")
                .allow("203.0.113.7")
                .build());
    assertThat(redactor.redact("alice@Example.com bob@example.org 203.0.113.7 203.0.113.8"))
        .isEqualTo("alice@Example.com [EMAIL] 203.0.113.7 [IP_ADDRESS]");
  }

  @Test
  void rulesOfOnesOwn() {
    Redactor redactor =
        Redactor.of(
            RedactionPolicy.builder(Preset.STRICT)
                .rule("CUSTOMER_NUMBER", "\\bKD-[0-9]{4,8}\\b")
                .build());
    assertThat(redactor.redact("customer KD-12345, alice@example.com"))
        .isEqualTo("customer [CUSTOMER_NUMBER], [EMAIL]");
    assertThat(redactor.find("KD-12345").get(0).name()).isEqualTo("CUSTOMER_NUMBER");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "(a; not closed",
        "a{5,2}; repetition",
        "(?=a)b; look-around",
        "\\1a; not supported",
        "a*; empty text",
        "[z-a]; range",
        "a**; repetition of a repetition"
      })
  void badRulesAreRefusedWithTheReason(String pattern, String reason) {
    RedactionPolicy.Builder builder = RedactionPolicy.builder(Preset.STRICT);
    assertThatThrownBy(() -> builder.rule("RULE", pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
    assertThat(Redactor.of(builder.build()).redact("alice@example.com")).isEqualTo("[EMAIL]");
  }

  @Test
  void whatTakesTooLongIsReplacedAsAWhole() {
    Redactor redactor =
        Redactor.of(
            RedactionPolicy.builder(Preset.STRICT)
                .timePerValue(Duration.ofNanos(1))
                .rule("SLOW", "(a|aa|aaa|aaaa){1,60}b")
                .build());
    assertThat(redactor.redact("a".repeat(100_000))).isEqualTo("[REDACTION_FAILED]");
    assertThat(redactor.failures()).isEqualTo(1);
  }

  @Test
  void countsByTypeAndTellsNoValue() {
    Redactor redactor = Redactor.of(RedactionPolicy.strict());
    redactor.redact("alice@example.com bob@example.com 4111111111111111");
    assertThat(redactor.count(RedactionType.EMAIL)).isEqualTo(2);
    assertThat(redactor.counts()).containsEntry(RedactionType.CARD, 1L).hasSize(2);
  }

  @Test
  void tellsWhereItFoundSomething() {
    String text = "x alice%40example.com {\"n\": 1} 4111 1111 1111 1111";
    List<Finding> findings = STRICT.find(text);
    assertThat(findings)
        .extracting(Finding::type)
        .containsExactly(RedactionType.EMAIL, RedactionType.CARD);
    assertThat(text.substring(findings.get(0).start(), findings.get(0).end()))
        .isEqualTo("alice%40example.com");
    assertThat(findings.get(1).toString()).doesNotContain("4111");
  }

  @Test
  void theCommandShowsWhatWouldBeRedacted(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("text");
    Files.writeString(file, "nothing here\nmail alice@example.com\n{\"password\":\"horse\"}\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(RedactCommand.run(new String[] {file.toString()}, print, print)).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            file + ":2: EMAIL[5,22)",
            "mail [EMAIL]",
            file + ":3: SECRET[13,18)",
            "{\"password\":\"[SECRET]\"}");
    out.reset();
    String[] findings = {"--findings", "--policy", "secrets-only", file.toString()};
    assertThat(RedactCommand.run(findings, print, print)).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("{\"line\":3,\"type\":\"SECRET\",\"start\":13,\"end\":18}");
    assertThat(RedactCommand.run(new String[] {"--policy", "x"}, print, print)).isEqualTo(2);
  }

  @Test
  void nothingIsAllocatedWhereNothingIsFound() {
    String[] texts = {
      "An ordinary sentence, with a few signs: hyphens-and-such, 12 numbers, and a date"
          + " 2024-05-01.",
      "{\"role\":\"user\",\"content\":\"What is 12.5% of 80? See C:\\\\temp\\\\x\\nThanks\"}",
      "日本語の文章です。Ещё одно предложение. Ένα ακόμη."
    };
    for (int i = 0; i < 20_000; i++) {
      STRICT.redact(texts[i % texts.length]);
    }
    long allocated =
        Allocations.during(
            () -> {
              for (int i = 0; i < 30_000; i++) {
                STRICT.redact(texts[i % texts.length]);
              }
            });
    // The measurement itself takes a little.
    assertThat(allocated).isLessThan(10_000);
  }
}
