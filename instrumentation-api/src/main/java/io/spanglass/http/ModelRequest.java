/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.http;

import io.spanglass.telemetry.InternalErrors;
import io.spanglass.wire.bytes.ContentDecoder;
import io.spanglass.wire.decode.RequestDecoder;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.WireApi;
import io.spanglass.wire.frame.BodyReader;
import io.spanglass.wire.frame.DocumentFraming;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request on its way to the server. The bytes come from one thread at a time; the
 * facts can be read by any. No method throws.
 */
public final class ModelRequest {
  /**
   * How much of a body that lies in memory is read before the request is issued: what samplers look
   * at, the model's name, stands in front of the first megabytes of content in every SDK we know.
   */
  public static final int PREVIEW_LIMIT = 64 * 1024;

  private final WireApi api;
  private final String host;
  private final int port;
  private final InternalErrors errors;
  private final RequestDecoder decoder;
  private final BodyReader body;
  private volatile @Nullable RequestFacts facts;
  private volatile @Nullable ModelCall call;

  private boolean readable;
  private boolean previewedWhole;

  /** How many of the bytes that will be sent were already read as a preview. */
  private long previewed;

  ModelRequest(
      WireApi api, String host, int port, @Nullable String contentEncoding, InternalErrors errors) {
    this.api = api;
    this.host = host;
    this.port = port;
    this.errors = errors;
    this.decoder = api.newRequestDecoder();
    this.readable = ContentDecoder.isReadable(contentEncoding);
    this.body =
        new BodyReader(new DocumentFraming(decoder), readable ? contentEncoding : "identity");
  }

  WireApi api() {
    return api;
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  @Nullable RequestFacts facts() {
    return facts;
  }

  void attach(ModelCall call) {
    this.call = call;
  }

  /** A body that was seen whole must have the API's shape; of any other it is assumed. */
  boolean mayBeModelCall() {
    return !previewedWhole || !decoder.isComplete() || decoder.facts().recognized;
  }

  /**
   * The start of a body that lies in memory, before it is sent. To be called at most once, before
   * {@link ModelCalls#start}; the same bytes will be skipped when they are sent.
   *
   * @param whole whether this is all of it
   */
  public void onPreview(byte[] bytes, int offset, int length, boolean whole) {
    try {
      previewed = length;
      previewedWhole = whole;
      read(ByteBuffer.wrap(bytes, offset, length));
    } catch (Throwable t) {
      fail(t);
    }
  }

  /**
   * The next bytes that were sent.
   *
   * @param bytes a view of our own, whose position may move
   */
  public void onBytes(ByteBuffer bytes) {
    try {
      if (previewed > 0) {
        int skipped = (int) Math.min(previewed, bytes.remaining());
        previewed -= skipped;
        bytes.position(bytes.position() + skipped);
      }
      if (bytes.hasRemaining()) {
        read(bytes);
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  /** The body is over; it may be sent again, which is of no interest. */
  public void onEnd() {
    readable = false;
    body.close();
  }

  private void read(ByteBuffer bytes) {
    if (!readable) {
      return;
    }
    body.onBuffer(bytes);
    // A copy, since the decoder goes on writing; other threads only ever see a finished one.
    RequestFacts snapshot = decoder.facts();
    facts = snapshot;
    ModelCall attached = call;
    if (attached != null) {
      attached.onRequestFacts(snapshot);
    }
  }

  private void fail(Throwable t) {
    readable = false;
    errors.swallow("request", t);
  }
}
