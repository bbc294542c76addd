/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.redaction;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fields whose name alone says what their value is. Names are compared in lower case and without
 * what parts their words, so that {@code apiKey}, {@code api-key} and {@code API_KEY} are one.
 */
final class KeyNames {
  private static final int LONGEST = 64;

  /** How much a name says. */
  enum Kind {
    /** The value is secret, whatever it looks like. */
    PASSWORD,
    /** The value is secret if it looks like a key: "token" is also a word of a text. */
    TOKEN,
    /** The value is of a type, if there is anything of it in the value. */
    DATUM
  }

  /** What one name, or the end of one, means. */
  static final class Rule {
    final String name;
    final Kind kind;
    final RedactionType type;

    Rule(String name, Kind kind, RedactionType type) {
      this.name = name;
      this.kind = kind;
      this.type = type;
    }
  }

  private static final Rule[] RULES = {
    password("password"),
    password("passwd"),
    password("pwd"),
    password("passphrase"),
    password("passwort"),
    password("kennwort"),
    password("contraseña"),
    password("contrasena"),
    password("motdepasse"),
    password("senha"),
    password("wachtwoord"),
    password("lösenord"),
    password("пароль"),
    password("密码"),
    password("密碼"),
    password("パスワード"),
    password("비밀번호"),
    password("clientsecret"),
    password("secretkey"),
    password("secretaccesskey"),
    password("apikey"),
    password("accesskey"),
    password("privatekey"),
    password("encryptionkey"),
    password("signingkey"),
    password("masterkey"),
    password("subscriptionkey"),
    password("accountkey"),
    password("sharedaccesskey"),
    password("functionskey"),
    password("authkey"),
    password("accesstoken"),
    password("refreshtoken"),
    password("idtoken"),
    password("authtoken"),
    password("bearertoken"),
    password("sessiontoken"),
    password("securitytoken"),
    password("csrftoken"),
    password("xsrftoken"),
    password("personalaccesstoken"),
    password("authorization"),
    password("proxyauthorization"),
    password("cookie"),
    password("setcookie"),
    password("credential"),
    password("credentials"),
    password("connectionstring"),
    password("jsessionid"),
    password("sessionid"),
    password("cvv"),
    password("cvc"),
    password("xamzsignature"),
    password("xamzcredential"),
    token("secret"),
    token("token"),
    token("signature"),
    token("sig"),
    datum("ssn", RedactionType.US_SSN),
    datum("socialsecurity", RedactionType.US_SSN),
    datum("socialsecuritynumber", RedactionType.US_SSN),
    datum("dob", RedactionType.DATE_OF_BIRTH),
    datum("dateofbirth", RedactionType.DATE_OF_BIRTH),
    datum("birthdate", RedactionType.DATE_OF_BIRTH),
    datum("birthday", RedactionType.DATE_OF_BIRTH),
    datum("geburtsdatum", RedactionType.DATE_OF_BIRTH),
    datum("email", RedactionType.EMAIL),
    datum("mail", RedactionType.EMAIL),
    datum("emailaddress", RedactionType.EMAIL),
    datum("phone", RedactionType.PHONE),
    datum("phonenumber", RedactionType.PHONE),
    datum("telephone", RedactionType.PHONE),
    datum("telefon", RedactionType.PHONE),
    datum("mobile", RedactionType.PHONE),
    datum("mobilenumber", RedactionType.PHONE),
    datum("cellphone", RedactionType.PHONE),
    datum("fax", RedactionType.PHONE),
    datum("creditcard", RedactionType.CARD),
    datum("cardnumber", RedactionType.CARD),
    datum("creditcardnumber", RedactionType.CARD),
    datum("ccnumber", RedactionType.CARD),
    datum("iban", RedactionType.IBAN)
  };

  /** Words of language models and of paging that end like a secret's name. */
  private static final String[] NOT_SECRET = {
    "maxtoken",
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "eostoken",
    "bostoken",
    "padtoken",
    "unktoken",
    "stoptoken",
    "specialtoken",
    "prompttoken",
    "completiontoken",
    "inputtoken",
    "outputtoken",
    "pertoken",
    "newtoken",
    "firsttoken",
    "cursortoken",
    "synctoken",
    "publickey",
    "functionsignature",
    "methodsignature",
    "typesignature",
    "thoughtsignature",
    "nextpagetoken"
  };

  /** By the last character; the last of all for what is not ASCII. */
  private static final Rule[][] BY_LAST = new Rule[129][0];

  static {
    for (Rule rule : RULES) {
      int last = Math.min(rule.name.charAt(rule.name.length() - 1), 128);
      Rule[] grown = Arrays.copyOf(BY_LAST[last], BY_LAST[last].length + 1);
      grown[grown.length - 1] = rule;
      BY_LAST[last] = grown;
    }
  }

  private final char[] folded = new char[LONGEST];

  private static Rule password(String name) {
    return new Rule(name, Kind.PASSWORD, RedactionType.SECRET);
  }

  private static Rule token(String name) {
    return new Rule(name, Kind.TOKEN, RedactionType.SECRET);
  }

  private static Rule datum(String name, RedactionType type) {
    return new Rule(name, Kind.DATUM, type);
  }

  /** The rule for a name, the one with the longest end of it; null for most names. */
  @Nullable Rule find(char[] text, int start, int end) {
    if (end <= start) {
      return null;
    }
    Rule[] rules = BY_LAST[Math.min(Chars.lower(text[end - 1]), 128)];
    if (rules.length == 0) {
      return null;
    }
    int n = 0;
    for (int i = Math.max(start, end - LONGEST); i < end; i++) {
      char c = text[i];
      if (c >= 128 || Chars.isAlnum(c)) {
        folded[n++] = Chars.lower(c);
      }
    }
    Rule best = null;
    for (Rule rule : rules) {
      if ((best == null || rule.name.length() > best.name.length()) && endsWith(n, rule.name)) {
        best = rule;
      }
    }
    if (best != null && best.type == RedactionType.SECRET && n > best.name.length()) {
      for (String name : NOT_SECRET) {
        if (endsWith(n, name)) {
          return null;
        }
      }
    }
    // "mail" is the end of other words.
    if (best != null
        && best.name.length() <= 4
        && best.kind == Kind.DATUM
        && !startsWord(text, start, end, best)) {
      return null;
    }
    return best;
  }

  /** Whether the rule's name is the whole, or follows something that parts words. */
  private static boolean startsWord(char[] text, int start, int end, Rule rule) {
    int at = end - rule.name.length();
    return at <= start
        || !Chars.isAlnum(text[at - 1])
        || (Chars.isUpper(text[at]) && !Chars.isUpper(text[at - 1]));
  }

  private boolean endsWith(int n, String name) {
    int length = name.length();
    if (n < length) {
      return false;
    }
    for (int i = length - 1, k = n - 1; i >= 0; i--, k--) {
      if (name.charAt(i) != folded[k]) {
        return false;
      }
    }
    return true;
  }
}
