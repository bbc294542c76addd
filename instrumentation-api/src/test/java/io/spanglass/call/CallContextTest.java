/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import org.junit.jupiter.api.Test;

class CallContextTest {
  private static final ContextKey<String> OWNER = ContextKey.named("owner");

  private final Context application = Context.root().with(OWNER, "application");
  private final CallContext context = new CallContext(application.with(OWNER, "call"), application);

  @Test
  void whileTheRequestIsIssuedItIsTheCalls() {
    try (Scope ignored = context.makeCurrent()) {
      assertThat(Context.current().get(OWNER)).isEqualTo("call");
      assertThat(Context.current()).isSameAs(context);
    }
    assertThat(Context.current().get(OWNER)).isNull();
  }

  @Test
  void whoKeptItGetsTheApplicationsContextForCallbacks() {
    context.onIssued();

    try (Scope ignored = context.makeCurrent()) {
      assertThat(Context.current()).isSameAs(application);
    }
    assertThat(Context.current().get(OWNER)).isNull();
  }

  @Test
  void whatWasMadeFromItStaysTheCalls() {
    Context http = context.with(ContextKey.named("http"), "span");
    context.onIssued();

    try (Scope ignored = http.makeCurrent()) {
      assertThat(Context.current().get(OWNER)).isEqualTo("call");
    }
  }
}
