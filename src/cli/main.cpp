#include "cli/application.hpp"

int main(int argument_count, char** arguments) {
  return lrscape::cli::run(argument_count, arguments);
}
