/*
 * Copyright The Spanglass Authors
 * SPDX-License-Identifier: Apache-2.0
 */

package io.spanglass.wire.frame;

/**
 * Takes the frames of a body: the data of one server-sent event each, or one document each. A frame
 * comes in as many pieces as the wire cut it into. Called by one thread at a time.
 *
 * <p>Arrays belong to the caller: nothing of them may be kept after a call returns.
 *
 * <p>A handler that knows when the document in a frame is over says so, by {@link #isFrameComplete}
 * and {@link #onDocumentBytes}; then documents are told apart also where the body has no other mark
 * between them. All other methods with a default can be left as they are.
 */
public interface FrameHandler {
  void onFrameStart();

  void onFrameBytes(byte[] bytes, int offset, int length);

  void onFrameEnd();

  /** The body turned out to be a stream of frames, and not one document. Told at most once. */
  default void onStream() {}

  /**
   * The next frame is the message of a failure that its head names.
   *
   * @param name of at most 64 characters
   */
  default void onFailureNamed(String name) {}

  /**
   * The event that is being read, or whose frame ended last, is named {@code error}. May come
   * before, in or after its frame; not told of one that {@link #onFrameLikeBefore} has read.
   */
  default void onErrorEvent() {}

  /** Whether the document in the last frame is over: nothing can come that belongs to it. */
  default boolean isFrameComplete() {
    return false;
  }

  /**
   * As {@link #onFrameBytes}, where what follows may be another frame.
   *
   * @return how many of the bytes belong to the document of this frame: less than {@code length}
   *     only if it ended before the last of them
   */
  default int onDocumentBytes(byte[] bytes, int offset, int length) {
    onFrameBytes(bytes, offset, length);
    return length;
  }

  /**
   * Reads a whole frame at once, if one starts here that looks like one before. Nothing has
   * happened if it does not.
   *
   * @param from where a frame may start, or the line that it starts with
   * @return where the next frame may start, or -1
   */
  default int onFrameLikeBefore(byte[] bytes, int from, int end) {
    return -1;
  }

  /**
   * The frame that ended last lies whole in this array.
   *
   * @param from where it starts, or the line that it starts with
   * @param to where the next one may start
   */
  default void onWholeFrame(byte[] bytes, int from, int to) {}
}
