/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RunbooksTest {
  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");

  @Test
  void everyAlertHasItsPageAndNoPageIsLeftOver() throws IOException {
    Set<String> alerts = new TreeSet<>();
    for (Rule rule : Shipped.rules()) {
      if (rule.alert()) {
        alerts.add(rule.name() + ".md");
      }
    }
    Set<String> pages = new TreeSet<>();
    for (Path page : Shipped.runbooks()) {
      pages.add(String.valueOf(page.getFileName()));
    }
    assertThat(pages).isEqualTo(alerts);
  }

  @Test
  void everyPageAnswersTheSameQuestions() throws IOException {
    for (Path page : Shipped.runbooks()) {
      String name = String.valueOf(page.getFileName()).replace(".md", "");
      assertThat(Files.readString(page))
          .as(name)
          .startsWith("# " + name + "\n")
          .containsSubsequence(
              "\n## Meaning\n", "\n## Impact\n", "\n## Diagnosis\n", "\n## Mitigation\n");
    }
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path page : Shipped.runbooks()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        assertThat(Shipped.RUNBOOKS.resolve(link.group(1))).as("%s", page.getFileName()).exists();
      }
    }
  }

  @Test
  void queriesReadOurOwnSeries() throws IOException {
    int queries = 0;
    for (Path page : Shipped.runbooks()) {
      for (String query : Shipped.promQl(page)) {
        queries++;
        assertThat(PromQl.metricNames(query))
            .as("%s: %s", page.getFileName(), query)
            .isNotEmpty()
            .isSubsetOf(Shipped.recorded());
      }
    }
    assertThat(queries).isPositive();
  }
}
