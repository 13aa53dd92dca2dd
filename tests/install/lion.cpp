// What a kernel uses of README.md's optimizer.
namespace lrscape::optimizer {
template Lion::StepValues<double> Lion::step_values<double>(const double*, double, double);
template Lion::Coefficients<double> Lion::coefficients(const Rates<double>&,
                                                       const Lion::StepValues<double>&);
template void Lion::update(double&, double, double*, const Lion::Coefficients<double>&);
}  // namespace lrscape::optimizer
