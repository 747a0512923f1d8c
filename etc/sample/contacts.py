#!/usr/bin/env python3
"""Writes fictional contacts as CSV, ready for `outpostctl import Spring_2024 FILE`.

    contacts.py --rows 10000 --seed 1 > contacts.csv

The same rows and seed give the same file. Every phone number lies between 555-0100 and 555-0199 of a North American
area code, a range that is set aside for fiction and never assigned to a subscriber. There are as many of them as area
codes below times 100; more rows than that use numbers again. Names are put together at random.
"""
import argparse
import csv
import random
import sys

# Area codes by time-zone object and state.
AREAS = {
    "EST": {
        "NY": "212 315 516 518 585 607 631 716 718 845 914 917", "NJ": "201 609 732 856 908 973",
        "PA": "215 412 570 610 717 724 814", "OH": "216 330 419 440 513 614 740 937", "GA": "229 404 478 706 770 912",
        "FL": "305 321 352 386 407 561 727 754 772 786 813 863 904 941 954", "MA": "413 508 617 781 978",
        "VA": "276 434 540 703 757 804", "NC": "252 336 704 828 910 919", "MI": "231 248 269 313 517 586 616 734 810 989",
    },
    "CST": {
        "TX": "210 214 254 281 325 361 409 512 713 806 817 830 903 936 940 956 972 979",
        "IL": "217 309 312 618 630 708 773 815 847", "MN": "218 320 507 612 651 763 952", "WI": "262 414 608 715 920",
        "MO": "314 417 573 636 660 816", "LA": "225 318 337 504 985", "OK": "405 580 918",
    },
    "MST": {"CO": "303 719 720 970", "UT": "435 801", "NM": "505 575", "MT": "406", "WY": "307"},
    "PST": {
        "CA": "209 213 310 323 408 415 510 530 559 562 619 626 650 661 707 714 760 805 818 831 858 909 916 925 949 951",
        "WA": "206 253 360 425 509", "OR": "503 541", "NV": "702 775",
    },
}
FIRST_NAMES = """Ada Alba Amos Anouk Basil Bea Bram Cleo Cora Dario Dina Edda Elias Enzo Esme Faye Felix Flora Gideon
Greta Hugo Ida Inez Ivo Jonas Juno Kasper Lena Linus Lotte Luca Mabel Malik Milo Mina Nadia Nils Nora Odin Olga Otis
Petra Pia Quinn Rafael Rosa Ruben Selma Silas Sofia Tariq Thea Tobias Uma Vera Viggo Wanda Xenia Yusuf Zoë""".split()
LAST_NAMES = """Abendrot Ashgrove Barrowby Birkholt Blackmere Brightwater Calloway-Fenn Copperfield Dunmarrow Eastmoor
Elderbrook Fairweather Fennimore Foxglove Garrickson Goldleaf Greyfriar Halloway Hartsfield Hawksworth Inglenook
Ironwood Juniper Kestrelman Larkspur Lindqvist-Moor Longmeadow Marlowe-Teal Merriweather Moorcock Nightjar Northgate
Oakenfield O'Wrenn Pemberwick Pinecrest Quillfeather Ravenhill Redfern Rosewarne Saltmarsh Silverlock Stonebridge
Summerfield Thistlewood Thornbury Underhill Vanterpool Wainscott Westerling Whitlock Wildgoose Winterbourne Yarrow""".split()
CONTACT_TYPES = ("1", "2", "4")  # home, business, mobile


def phones():
    """Every number there is, as (number, time zone, state), those of one area code apart from each other."""
    areas = [(code, zone, state) for zone, states in AREAS.items() for state, codes in states.items()
             for code in codes.split()]
    return [(f"+1{code}55501{last:02}", zone, state) for last in range(100) for code, zone, state in areas]


def contacts(rows, seed):
    # Only random() promises the same sequence in every version of Python.
    dice = random.Random(seed)

    def pick(choices):
        return choices[int(dice.random() * len(choices))]

    numbers = phones()
    start = int(dice.random() * len(numbers))
    for row in range(rows):
        number, zone, state = numbers[(start + row) % len(numbers)]
        yield [number, pick(CONTACT_TYPES), zone, 0, 86400, pick(FIRST_NAMES), pick(LAST_NAMES), state,
               f"C{row + 1:08}", int(dice.random() * 1000)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=10000, help="how many contacts, 10000 when not given")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other contacts")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["contact_info", "contact_info_type", "tz_name", "daily_from", "daily_till", "CONTACT_FST_NAME",
                  "CONTACT_LAST_NAME", "STATE", "client-id", "VAR_005"])
    out.writerows(contacts(arguments.rows, arguments.seed))


if __name__ == "__main__":
    main()
