#include "report.h"

int64_t report_month_start(int year, int month)
{
    year += (month + 11) / 12 - 1;
    month = (month + 11) % 12 + 1;
    struct tm midnight = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 1};
    /* Summer time is from late March to late October, so that it begins and ends within a month. */
    int hours_ahead = month >= 4 && month <= 10 ? 2 : 1;
    return (int64_t)timegm(&midnight) - (int64_t)hours_ahead * 3600;
}

int report_month_ending(int64_t at, int *year, int *month)
{
    /* Noon is on the same day there and in UTC. */
    time_t day_before = (time_t)(at - 12 * 3600);
    struct tm tm;
    gmtime_r(&day_before, &tm);
    *year = tm.tm_year + 1900;
    *month = tm.tm_mon + 1;
    return report_month_start(*year, *month + 1) == at ? 0 : -1;
}

int64_t report_axis_step(int64_t largest, int intervals)
{
    static const int factors[] = {1, 2, 5};
    for (int64_t power = 1;; power *= 10) {
        for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
            int64_t step = factors[i] * power;
            if ((largest - 1) / step < intervals)
                return step;
        }
    }
}

int64_t report_axis_end(int64_t largest, int64_t step)
{
    return largest > 0 ? (largest + step - 1) / step * step : step;
}

int report_axis_at(int64_t value, int64_t end, int length)
{
    return (int)((value * length * 2 + end) / (end * 2));
}
