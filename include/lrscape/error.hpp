#pragma once

#include <stdexcept>
#include <string>

namespace lrscape {

/// Base of every error this library throws. The message is one line that names what was given,
/// what is allowed and, where there is one, the way out.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What the caller handed over cannot be used: an option, a file, a folder.
class InputError : public Error {
 public:
  using Error::Error;
};

/// The work stopped before its end, and what was finished is safe: the same call resumes it.
class InterruptedError : public Error {
 public:
  using Error::Error;
};

/// What was found cannot be written: a disk is full or fails. Nothing of it is kept.
class WriteError : public Error {
 public:
  using Error::Error;
};

/// No such device, or the device has failed or has too little memory for even the smallest piece of work.
class DeviceError : public Error {
 public:
  using Error::Error;
};

}  // namespace lrscape
