// SPDX-License-Identifier: Apache-2.0

namespace System;

/// <summary>Of the functions of real numbers, the few that guests use; good to about 1e-12.</summary>
public static partial class Math
{
    public const double PI = 3.14159265358979323846;

    public static double Min(double val1, double val2) => val1 <= val2 ? val1 : val2;

    public static double Max(double val1, double val2) => val1 >= val2 ? val1 : val2;

    public static double Clamp(double value, double min, double max) => value < min ? min : value > max ? max : value;

    public static double Abs(double value) => value < 0 ? -value : value;

    public static double Floor(double d)
    {
        const double integersOnly = 4503599627370496; // from 2^52 on there are no fractions
        if (!(Abs(d) < integersOnly)) return d;
        double whole = (long)d;
        return whole > d ? whole - 1 : whole;
    }

    public static double Ceiling(double a) => -Floor(-a);

    public static double Sin(double a)
    {
        // To within a quarter turn, then Taylor's series.
        double turns = a / PI;
        double nearest = Floor(turns + 0.5);
        double x = (turns - nearest) * PI;
        double square = x * x;
        double term = x;
        double sum = x;
        for (int i = 3; i <= 21; i += 2)
        {
            term *= -square / (i * (i - 1));
            sum += term;
        }

        return ((long)nearest & 1) == 0 ? sum : -sum;
    }

    public static double Exp(double d)
    {
        if (d > 709) return double.MaxValue * 2;
        if (d < -745) return 0;

        // e^d = (e^(d / 1024))^1024.
        double x = d / 1024;
        double term = 1;
        double sum = 1;
        for (int i = 1; i <= 12; i++)
        {
            term *= x / i;
            sum += term;
        }

        for (int i = 0; i < 10; i++) sum *= sum;
        return sum;
    }
}
