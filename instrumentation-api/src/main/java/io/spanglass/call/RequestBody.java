/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.call;

import io.spanglass.telemetry.InternalErrors;
import io.spanglass.wire.RequestHead;
import io.spanglass.wire.decode.RequestFacts;
import io.spanglass.wire.decode.RequestReader;
import io.spanglass.wire.decode.WireApi;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The body of an exchange's request, however often it is sent: each byte is read once, whichever
 * attempt shows it first. Any thread may bring bytes; what comes while another is reading is left
 * for the next attempt to show.
 */
final class RequestBody implements InMemoryBody.Sink {
  /**
   * How much of a body that lies in memory is read before the request is issued: what samplers look
   * at, the model's name, stands in front of the first megabytes of content in every SDK we know.
   */
  static final int PREVIEW_LIMIT = 64 * 1024;

  private final WireApi api;
  private final InternalErrors errors;

  /** Who has set it may use the reader and what stands below. */
  private final AtomicBoolean reading = new AtomicBoolean();

  private RequestReader reader;
  private @Nullable String encoding;
  private long read;
  private boolean over;

  private volatile boolean closed;
  private volatile @Nullable RequestFacts facts;

  private boolean previewed;
  private boolean previewedWhole = true;

  RequestBody(WireApi api, RequestHead head, InternalErrors errors) {
    this.api = api;
    this.errors = errors;
    this.encoding = head.header("Content-Encoding");
    this.reader = api.newRequestReader(head);
    RequestFacts ofHead = reader.facts();
    this.facts = ofHead.model == null ? null : ofHead;
  }

  /**
   * Returns what the body says as far as it was read; null before its first byte, if the head does
   * not name the model.
   */
  @Nullable RequestFacts facts() {
    return facts;
  }

  /** Reads a body before it is sent. On the thread that begins the exchange, before any other. */
  void preview(InMemoryBody body) {
    try {
      body.writeTo(this);
    } catch (Throwable t) {
      fail(t);
    }
    if (previewed && previewedWhole) {
      over = true;
    }
  }

  /** The next piece of a body that lies in memory. */
  @Override
  public void accept(byte[] bytes, int offset, int length) {
    previewed = true;
    int readable = (int) Math.min(length, PREVIEW_LIMIT - read);
    if (readable < length) {
      previewedWhole = false;
    }
    if (readable > 0) {
      try {
        reader.onBytes(bytes, offset, readable);
        read += readable;
        facts = reader.facts();
      } catch (Throwable t) {
        fail(t);
      }
    }
  }

  /**
   * Whether the request can be a model call. A body that lies in memory tells by how it starts, and
   * one that was seen whole by its shape; of any other its type and length tell.
   *
   * @param inMemory whether there was a preview, if only of an empty body
   * @param isTold whether the address tells the API; if not, only the body's shape can
   */
  boolean mayBeModelCall(RequestHead head, boolean inMemory, boolean isTold) {
    if (over && !previewed) {
      return isTold; // The preview has failed.
    }
    if (previewed && reader.facts().recognized) {
      return true;
    }
    if (!isTold || !api.isBodyType(head.header("Content-Type"))) {
      return false;
    }
    if (!previewed) {
      return !inMemory && !"0".equals(head.header("Content-Length"));
    }
    return reader.isPossible() && !(previewedWhole && reader.isComplete());
  }

  /**
   * Whether an attempt with this head sends the body that is read here. As long as none of it was,
   * the head of the latest attempt says how it is encoded.
   */
  boolean isSentBy(@Nullable RequestHead head) {
    if (head == null || over || !reading.compareAndSet(false, true)) {
      return !over;
    }
    try {
      String sent = head.header("Content-Encoding");
      if (Objects.equals(sent, encoding)) {
        return true;
      }
      if (read > 0) {
        return false;
      }
      reader.close();
      reader = api.newRequestReader(head);
      encoding = sent;
      return true;
    } finally {
      release();
    }
  }

  /**
   * Bytes that were sent. Those are passed over that were read before.
   *
   * @param position of the first of them in the body
   * @return whether there are new facts
   */
  boolean onBytes(ByteBuffer bytes, long position) {
    if (!reading.compareAndSet(false, true)) {
      return false;
    }
    try {
      long skipped = read - position;
      if (over || skipped < 0 || skipped >= bytes.remaining()) {
        return false;
      }
      bytes.position(bytes.position() + (int) skipped);
      read += bytes.remaining();
      reader.onBytes(bytes);
      return publish();
    } catch (Throwable t) {
      fail(t);
      return false;
    } finally {
      release();
    }
  }

  /** As {@link #onBytes(ByteBuffer, long)}. */
  boolean onBytes(byte[] bytes, int offset, int length, long position) {
    if (!reading.compareAndSet(false, true)) {
      return false;
    }
    try {
      long skipped = read - position;
      if (over || skipped < 0 || skipped >= length) {
        return false;
      }
      int unseen = length - (int) skipped;
      read += unseen;
      reader.onBytes(bytes, offset + (int) skipped, unseen);
      return publish();
    } catch (Throwable t) {
      fail(t);
      return false;
    } finally {
      release();
    }
  }

  @SuppressWarnings("ReferenceEquality") // The reader makes a new object when there is news.
  private boolean publish() {
    RequestFacts now = reader.facts();
    if (now == facts) {
      return false;
    }
    facts = now;
    return true;
  }

  /** An attempt has sent all of the body, up to this position. */
  void onEnd(long position) {
    if (reading.compareAndSet(false, true)) {
      try {
        over |= position >= read;
      } finally {
        release();
      }
    }
  }

  /** Nothing of the body is of interest any more. */
  void close() {
    closed = true;
    if (reading.compareAndSet(false, true)) {
      release();
    }
  }

  private void release() {
    boolean wasOver = over;
    if (closed || wasOver) {
      over = true;
      reader.close();
    }
    reading.set(false);
    if (closed && !wasOver && reading.compareAndSet(false, true)) {
      // It was closed after the look above.
      over = true;
      reader.close();
      reading.set(false);
    }
  }

  private void fail(Throwable failure) {
    over = true;
    errors.swallow("request", failure);
  }
}
