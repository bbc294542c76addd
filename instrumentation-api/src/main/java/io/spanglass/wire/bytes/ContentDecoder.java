/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.bytes;

import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Undoes the {@code Content-Encoding} of a body on our own view of it, incrementally: the
 * application keeps getting the encoded bytes. Knows gzip (RFC 1952, members in a row and padding
 * too) and deflate (RFC 1950, and the raw RFC 1951 form that some servers send).
 *
 * <p>A body that is not what its header says makes the decoder silent, never loud: {@link
 * #failed()} tells.
 */
public final class ContentDecoder implements ByteSink, AutoCloseable {
  private static final int OUTPUT_SIZE = 4096;

  private enum State {
    GZIP_HEADER,
    ZLIB_OR_RAW,
    DEFLATED,
    GZIP_TRAILER,
    /** All members are over. */
    PADDING,
    FAILED,
    CLOSED
  }

  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;

  private final ByteSink next;
  private final boolean gzip;
  private final byte[] output = new byte[OUTPUT_SIZE];
  private State state;
  private @Nullable Inflater inflater;

  // Where in the gzip header or trailer: counts fixed fields, then optional ones by flag.
  private int headerPosition;
  private int flags;
  private int extraLength;
  private int trailerLeft;

  private ContentDecoder(ByteSink next, boolean gzip) {
    this.next = next;
    this.gzip = gzip;
    this.state = gzip ? State.GZIP_HEADER : State.ZLIB_OR_RAW;
  }

  /** Whether a body with this header can be read: absent and {@code identity} can. */
  public static boolean isReadable(@Nullable String contentEncoding) {
    return isIdentity(contentEncoding) || isGzip(contentEncoding) || isDeflate(contentEncoding);
  }

  /**
   * Puts a decoder before {@code next} where the encoding needs one.
   *
   * @param contentEncoding the header's value, null where there is none; must be {@linkplain
   *     #isReadable readable}
   */
  public static ByteSink decoding(@Nullable String contentEncoding, ByteSink next) {
    return isIdentity(contentEncoding) ? next : new ContentDecoder(next, isGzip(contentEncoding));
  }

  private static boolean isIdentity(@Nullable String encoding) {
    return encoding == null || encoding.isBlank() || normal(encoding).equals("identity");
  }

  private static boolean isGzip(@Nullable String encoding) {
    return encoding != null
        && (normal(encoding).equals("gzip") || normal(encoding).equals("x-gzip"));
  }

  private static boolean isDeflate(@Nullable String encoding) {
    return encoding != null && normal(encoding).equals("deflate");
  }

  private static String normal(String encoding) {
    return encoding.trim().toLowerCase(Locale.ROOT);
  }

  /** Whether the body turned out not to be encoded as its header said. */
  public boolean failed() {
    return state == State.FAILED;
  }

  @Override
  public void onBytes(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      switch (state) {
        case GZIP_HEADER:
          at = gzipHeader(bytes, at, end);
          break;
        case ZLIB_OR_RAW:
          // CMF says method 8 in its low half; a raw stream that starts so would be a stored block
          // with its padding bits set, which no encoder writes.
          inflater = new Inflater((bytes[at] & 0x0f) != 8);
          state = State.DEFLATED;
          break;
        case DEFLATED:
          at = inflate(bytes, at, end);
          break;
        case GZIP_TRAILER:
          int skipped = Math.min(trailerLeft, end - at);
          at += skipped;
          trailerLeft -= skipped;
          if (trailerLeft == 0) {
            headerPosition = 0;
            state = State.GZIP_HEADER;
          }
          break;
        case PADDING:
        case FAILED:
        case CLOSED:
          return;
      }
    }
  }

  /** Positions 0 to 9 are the fixed header; 10 to 15 walk through the optional fields. */
  private int gzipHeader(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int b = bytes[at] & 0xff;
      if (headerPosition < 10) {
        if ((headerPosition == 0 && b != 0x1f)
            || (headerPosition == 1 && b != 0x8b)
            || (headerPosition == 2 && b != 8)) {
          if (inflater == null) {
            fail();
          } else {
            // What follows a member and is none is padding, as it is to gzip itself.
            state = State.PADDING;
          }
          return end;
        }
        if (headerPosition == 3) {
          flags = b;
        }
        headerPosition++;
        at++;
      } else if ((flags & FLAG_EXTRA) != 0) {
        if (headerPosition == 10) {
          extraLength = b;
          headerPosition++;
        } else if (headerPosition == 11) {
          extraLength |= b << 8;
          headerPosition++;
        } else {
          extraLength--;
        }
        at++;
        if (headerPosition == 12 && extraLength == 0) {
          flags &= ~FLAG_EXTRA;
        }
      } else if ((flags & FLAG_NAME) != 0) {
        at++;
        if (b == 0) {
          flags &= ~FLAG_NAME;
        }
      } else if ((flags & FLAG_COMMENT) != 0) {
        at++;
        if (b == 0) {
          flags &= ~FLAG_COMMENT;
        }
      } else if ((flags & FLAG_HEADER_CRC) != 0) {
        at++;
        // 13 after the first of the two bytes.
        if (headerPosition == 13) {
          flags &= ~FLAG_HEADER_CRC;
        } else {
          headerPosition = 13;
        }
      } else {
        break;
      }
    }
    if (headerPosition >= 10
        && (flags & (FLAG_EXTRA | FLAG_NAME | FLAG_COMMENT | FLAG_HEADER_CRC)) == 0) {
      if (inflater == null) {
        inflater = new Inflater(true);
      } else {
        inflater.reset();
      }
      state = State.DEFLATED;
    }
    return at;
  }

  private int inflate(byte[] bytes, int from, int end) {
    Inflater inflater = this.inflater;
    if (inflater == null) {
      return end;
    }
    inflater.setInput(bytes, from, end - from);
    try {
      while (true) {
        int count = inflater.inflate(output);
        if (count > 0) {
          next.onBytes(output, 0, count);
          if (state == State.CLOSED) {
            // What came out was the end of what is read of the body, and the inflater is gone.
            return end;
          }
        } else if (inflater.finished()) {
          break;
        } else if (inflater.needsInput()) {
          return end;
        } else {
          // A preset dictionary is asked for, which HTTP does not have.
          fail();
          return end;
        }
      }
    } catch (DataFormatException e) {
      fail();
      return end;
    }
    int at = end - inflater.getRemaining();
    if (!gzip) {
      return end;
    }
    trailerLeft = 8;
    state = State.GZIP_TRAILER;
    return at;
  }

  private void fail() {
    state = State.FAILED;
    close();
  }

  /**
   * Gives back the native memory; bytes that come later are not read. May be called more than once,
   * and by what the bytes are given to.
   */
  @Override
  public void close() {
    if (state != State.FAILED) {
      state = State.CLOSED;
    }
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
  }
}
