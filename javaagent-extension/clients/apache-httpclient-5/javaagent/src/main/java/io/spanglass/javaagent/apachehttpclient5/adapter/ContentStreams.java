/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.javaagent.apachehttpclient5.adapter;

import io.opentelemetry.instrumentation.api.util.VirtualField;
import io.spanglass.call.Attempt;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ChunkedOutputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthOutputStream;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.impl.io.IdentityOutputStream;
import org.jspecify.annotations.Nullable;

/** The streams of a connection stay what they are; each has a field for the one that looks on. */
public final class ContentStreams {
  private static final VirtualField<ChunkedInputStream, Incoming> CHUNKED_IN =
      VirtualField.find(ChunkedInputStream.class, Incoming.class);
  private static final VirtualField<ContentLengthInputStream, Incoming> LENGTH_IN =
      VirtualField.find(ContentLengthInputStream.class, Incoming.class);
  private static final VirtualField<IdentityInputStream, Incoming> IDENTITY_IN =
      VirtualField.find(IdentityInputStream.class, Incoming.class);
  private static final VirtualField<ChunkedOutputStream, Outgoing> CHUNKED_OUT =
      VirtualField.find(ChunkedOutputStream.class, Outgoing.class);
  private static final VirtualField<ContentLengthOutputStream, Outgoing> LENGTH_OUT =
      VirtualField.find(ContentLengthOutputStream.class, Outgoing.class);
  private static final VirtualField<IdentityOutputStream, Outgoing> IDENTITY_OUT =
      VirtualField.find(IdentityOutputStream.class, Outgoing.class);

  private ContentStreams() {}

  /** Returns whether the stream can be looked at. */
  static boolean set(InputStream stream, Incoming body) {
    if (stream instanceof ChunkedInputStream) {
      CHUNKED_IN.set((ChunkedInputStream) stream, body);
    } else if (stream instanceof ContentLengthInputStream) {
      LENGTH_IN.set((ContentLengthInputStream) stream, body);
    } else if (stream instanceof IdentityInputStream) {
      IDENTITY_IN.set((IdentityInputStream) stream, body);
    } else {
      return false;
    }
    return true;
  }

  static void set(OutputStream stream, Outgoing body) {
    if (stream instanceof ChunkedOutputStream) {
      CHUNKED_OUT.set((ChunkedOutputStream) stream, body);
    } else if (stream instanceof ContentLengthOutputStream) {
      LENGTH_OUT.set((ContentLengthOutputStream) stream, body);
    } else if (stream instanceof IdentityOutputStream) {
      IDENTITY_OUT.set((IdentityOutputStream) stream, body);
    }
  }

  /** Who looks on, or null. */
  private static @Nullable Incoming of(InputStream stream) {
    return stream instanceof ChunkedInputStream
        ? CHUNKED_IN.get((ChunkedInputStream) stream)
        : stream instanceof ContentLengthInputStream
            ? LENGTH_IN.get((ContentLengthInputStream) stream)
            : IDENTITY_IN.get((IdentityInputStream) stream);
  }

  private static @Nullable Outgoing of(OutputStream stream) {
    return stream instanceof ChunkedOutputStream
        ? CHUNKED_OUT.get((ChunkedOutputStream) stream)
        : stream instanceof ContentLengthOutputStream
            ? LENGTH_OUT.get((ContentLengthOutputStream) stream)
            : IDENTITY_OUT.get((IdentityOutputStream) stream);
  }

  /** The application reads. Returns what to tell of the result, or null. */
  public static @Nullable Object reading(InputStream stream) {
    Incoming body = of(stream);
    if (body != null) {
      body.attempt.demand(1);
    }
    return body;
  }

  /** It has got a number of bytes, the end, or an exception. */
  public static void read(
      Object reading, byte[] bytes, int offset, int count, @Nullable Throwable thrown) {
    Attempt attempt = ((Incoming) reading).attempt;
    if (thrown != null) {
      attempt.failed(thrown);
    } else if (count < 0) {
      attempt.end();
    } else {
      attempt.bytes(bytes, offset, count, System.nanoTime());
    }
  }

  /** It has got one byte, the end, or an exception. */
  public static void read(Object reading, int value, @Nullable Throwable thrown) {
    byte[] single = ((Incoming) reading).single;
    single[0] = (byte) value;
    read(reading, single, 0, value < 0 ? -1 : 1, thrown);
  }

  /** The stream is about to be closed. The client then reads on to keep the connection. */
  public static void closing(InputStream stream) {
    Incoming body = of(stream);
    if (body != null) {
      body.attempt.closed();
    }
  }

  /** The connection has taken bytes, or failed. */
  public static void written(
      OutputStream stream, byte[] bytes, int offset, int length, @Nullable Throwable thrown) {
    Outgoing body = of(stream);
    if (body == null) {
      return;
    }
    if (thrown == null) {
      body.attempt.requestBytes(bytes, offset, length);
    } else {
      body.attempt.requestFailed();
    }
  }

  /** The connection has taken one byte, or failed. */
  public static void written(OutputStream stream, int value, @Nullable Throwable thrown) {
    Outgoing body = of(stream);
    if (body != null) {
      body.single[0] = (byte) value;
      written(stream, body.single, 0, 1, thrown);
    }
  }

  /** The connection has not taken what was flushed, or was left at the end. */
  public static void failed(OutputStream stream) {
    Outgoing body = of(stream);
    if (body != null) {
      body.attempt.requestFailed();
    }
  }

  /** What a stream of a response's body tells. */
  static final class Incoming {
    final Attempt attempt;
    final byte[] single = new byte[1];

    @SuppressWarnings({"unused", "FieldCanBeLocal"}) // Its being held is its use.
    private final Object holder;

    Incoming(Attempt attempt, Object holder) {
      this.attempt = attempt;
      this.holder = holder;
    }
  }

  /** What a stream of a request's body tells. */
  static final class Outgoing {
    final Attempt attempt;
    final byte[] single = new byte[1];

    Outgoing(Attempt attempt) {
      this.attempt = attempt;
    }
  }
}
